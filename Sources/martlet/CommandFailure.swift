import Glibc

/// What a command cannot do, in one line that says what to do.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Prints a line for people, not for programs that read the output.
func note(_ text: String) { printError("martlet: \(text)\n") }

func printError(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

/// The system's words for what has just failed.
var systemReason: String { String(cString: strerror(errno)) }

/// A variable of the environment; nil if it is empty or not there.
func variable(_ name: String) -> String? {
    guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
    return text
}

/// A path that holds wherever a process is.
func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    guard let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
}

/// The text of a file; nil if there is none.
func readText(_ path: String) throws -> String? {
    guard let file = fopen(path, "re") else {
        if errno == ENOENT { return nil }
        throw CommandFailure("cannot read \(path): \(systemReason)")
    }
    defer { fclose(file) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    guard ferror(file) == 0 else { throw CommandFailure("cannot read \(path): \(systemReason)") }
    return String(decoding: bytes, as: UTF8.self)
}
