import Foundation
import MartletPortable

/// A graph and the name of its shape, as sent through a pipe.
func frame(_ name: String, _ graph: PortableGraph) -> Data {
    var data = Data()
    func append(_ bytes: [UInt8]) {
        withUnsafeBytes(of: bytes.count) { data.append(contentsOf: $0) }
        data.append(contentsOf: bytes)
    }
    append(Array(name.utf8))
    append(graph.bytes)
    withUnsafeBytes(of: graph.sharedValues.count) { data.append(contentsOf: $0) }
    for sharedValue in graph.sharedValues { append(sharedValue.bytes) }
    return data
}

/// Calls all closures from standard input, and writes a line about each.
func answer(_ shapes: [Shape]) {
    let input = FileHandle.standardInput.readDataToEndOfFile()
    var position = 0
    func number() -> Int {
        defer { position += 8 }
        return input[position..<(position + 8)].withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    }
    func bytes() -> [UInt8] {
        let count = number()
        defer { position += count }
        return Array(input[position..<(position + count)])
    }
    // Lines are written at once: the next closure may end the process.
    func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    while position < input.count {
        let name = String(decoding: bytes(), as: UTF8.self)
        let graph = bytes()
        let parts = (0..<number()).map { _ in bytes() }
        print("begin \(name)")
        let shape = shapes.first { $0.name == name }!
        do {
            print("gives \(try shape.callThere(graph, parts))")
        } catch {
            print("throws \(error)")
        }
    }
}

/// The other process's result for each shape, by name; "crashed" if the process ended there.
func ask(_ frames: [(name: String, data: Data)]) -> [String: String] {
    var answers: [String: String] = [:]
    var open = frames
    while !open.isEmpty {
        let lines = run(open.reduce(Data()) { $0 + $1.data })
        var last: String?
        for line in lines {
            if line.hasPrefix("begin ") {
                last = String(line.dropFirst(6))
                answers[last!] = "crashed"
            } else if let last {
                answers[last] = line
            }
        }
        // Continues after the shape at which it crashed.
        guard let last, let index = open.firstIndex(where: { $0.name == last }) else { return answers }
        open = Array(open[(index + 1)...])
    }
    return answers
}

/// The lines of this program as a child with the given `input`.
private func run(_ input: Data) -> [String] {
    var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { fatalError("no pipe: errno \(errno)") }
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
    var words = [strdup(CommandLine.arguments[0]), strdup("child"), nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, environ)
    guard code == 0 else { fatalError("the program does not start: errno \(code)") }
    close(toChild[0])
    close(fromChild[1])
    signal(SIGPIPE, SIG_IGN)
    let writing = FileHandle(fileDescriptor: toChild[1], closeOnDealloc: true)
    try? writing.write(contentsOf: input)
    try? writing.close()
    let output = FileHandle(fileDescriptor: fromChild[0], closeOnDealloc: true).readDataToEndOfFile()
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map { String($0) }
}
