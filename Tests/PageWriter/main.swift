// Writes a file of pages in a process of its own, for tests that kill it or give it too little space.
//
//     page-writer PATH PAGES BYTES LIMIT
//
// Writes PAGES pages of BYTES of content each, endlessly if PAGES is 0; LIMIT bounds the size of files (0: no limit).
// Prints a line for each page, then the outcome, the number of open descriptors in PATH's folder, and the names there.
// After a failure it removes `ballast` there and, if that existed, tries again without limit.

import Glibc
import MartletPages

let arguments = CommandLine.arguments
guard arguments.count == 5, let pages = Int(arguments[2]), let bytes = Int(arguments[3]), let limit = UInt(arguments[4])
else {
    say("usage: page-writer PATH PAGES BYTES LIMIT")
    exit(2)
}
let path = arguments[1]
let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])

/// Prints at once, also into a pipe.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
}

func write() throws(PageError) -> Int {
    let writer = try PageFileWriter(path: path, encoder: PageEncoder(codec: .raw))
    let content = [UInt8](repeating: 0x5A, count: bytes)
    var number = 0
    while pages == 0 || number < pages {
        try append(content, number, to: writer)
        number += 1
        say("page \(number)")
    }
    return try writer.finish()
}

func append(_ content: [UInt8], _ number: Int, to writer: PageFileWriter) throws(PageError) {
    let result: Result<Int, PageError> = content.withUnsafeBytes { region in
        do throws(PageError) {
            return .success(try writer.append(region, count: number, elementHash: 7))
        } catch {
            return .failure(error)
        }
    }
    _ = try result.get()
}

func report() -> Bool {
    do throws(PageError) {
        say("wrote \(try write())")
        return true
    } catch {
        say("failed: \(error)")
        return false
    }
}

func names() -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
            String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

func openDescriptors() -> Int {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    return (0..<256).filter { descriptor in
        let length = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
        guard length > 0 else { return false }
        return String(decoding: target[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self).hasPrefix(folder + "/")
    }.count
}

if limit > 0 {
    // Otherwise the signal of the failure would end the process.
    signal(SIGXFSZ, SIG_IGN)
    var bound = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
    guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &bound) == 0 else { exit(3) }
}
var isWritten = report()
say("descriptors \(openDescriptors())")
say("names \(names().joined(separator: " "))")
if !isWritten, unlink(folder + "/ballast") == 0 {
    isWritten = report()
    say("names \(names().joined(separator: " "))")
}
exit(isWritten ? 0 : 1)
