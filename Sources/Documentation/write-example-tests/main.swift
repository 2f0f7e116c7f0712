// Turns the examples in a Swift file's comments, or in a Markdown page, into tests.
//
//     write-example-tests FILE FIXTURES OUTPUT
import ExampleReader
import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: write-example-tests FILE FIXTURES OUTPUT")
    exit(64)
}
let (file, folder, output) = (arguments[1], arguments[2], arguments[3])
let text = try String(contentsOfFile: file, encoding: .utf8)
let examples = file.hasSuffix(".swift") ? SourceFile(text: text).examples : Example.find(inPage: text)
let names = try FileManager.default.contentsOfDirectory(atPath: folder)
let tests = TestWriter(path: file, fixtures: Fixtures(folder: folder, names: names)).write(examples)
try tests.write(toFile: output, atomically: true, encoding: .utf8)
