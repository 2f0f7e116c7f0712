// Reads files, some of them missing or damaged, with the settings that skip them, so that a test sees the messages.
//
//     lenient-job MASTER FOLDER
//
// Reads FOLDER, and `none` in it, twice. Prints the number of skipped files, and the number of lines.

import Martlet

let arguments = CommandLine.arguments
let context = try MartletContext(
    master: arguments[1],
    settings: Settings(parsing: [
        "martlet.ui.progress=off", "martlet.files.ignoreMissingFiles=true", "martlet.files.ignoreCorruptFiles=true",
    ]))
let lines = context.textFile("\(arguments[2]),\(arguments[2])/none")
let counts = [try await lines.count(), try await lines.count()]
context.stop()
print("passed over \(context.passedOverFiles.count), counted \(counts[0]) \(counts[1])")
