import Glibc

/// Cuts what a process writes into lines, without their line ends (`\n` or `\r\n`).
struct OutputLines {
    /// From `start` on: what has not been given out.
    private var bytes: [UInt8] = []
    private var start = 0
    /// Before it, no line end was found.
    private var searched = 0
    /// Nothing will be added any more: what is left is a line, if it is not empty.
    var isComplete = false

    /// Reads what a pipe has.
    mutating func read(from end: PipeEnd, limit: Int) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        end.read(to: &bytes, limit: limit)
    }

    /// Puts the next lines into uninitialised memory and returns how many they are.
    mutating func move(to target: UnsafeMutablePointer<String>, capacity: Int) -> Int {
        var made = 0
        while made < capacity, let end = lineEnd() {
            let hasReturn = end > start && bytes[end - 1] == 0x0D
            (target + made).initialize(to: String(decoding: bytes[start..<(hasReturn ? end - 1 : end)], as: UTF8.self))
            made += 1
            start = Swift.min(end + 1, bytes.count)
            searched = start
        }
        return made
    }

    /// Where the next line ends.
    private mutating func lineEnd() -> Int? {
        let found = bytes.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, searched < bytes.count else { return nil }
            return memchr(base + searched, 0x0A, bytes.count - searched).map { UnsafeRawPointer($0) - base }
        }
        if let found { return found }
        searched = bytes.count
        return isComplete && start < bytes.count ? bytes.count : nil
    }
}
