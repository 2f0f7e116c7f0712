import Glibc

/// Cuts the output of a process into lines, without their line ends (`\n`, `\r\n` or `\r`).
struct OutputLines {
    /// The output; the bytes from `start` on have not been returned as lines yet.
    private var bytes: [UInt8] = []
    private var start = 0
    /// No line end was found before this position.
    private var searched = 0
    /// The last line ended with a carriage return: a line feed that follows belongs to it.
    private var isAfterReturn = false
    /// The output has ended: the remaining bytes are a line, if there are any.
    var isComplete = false

    /// Reads the available bytes of a pipe.
    mutating func read(from end: PipeEnd, limit: Int) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        end.read(to: &bytes, limit: limit)
    }

    /// Puts the next lines into uninitialised memory and returns their number.
    mutating func move(to target: UnsafeMutablePointer<String>, capacity: Int) -> Int {
        var made = 0
        while made < capacity, let end = lineEnd() {
            (target + made).initialize(to: String(decoding: bytes[start..<end], as: UTF8.self))
            made += 1
            isAfterReturn = end < bytes.count && bytes[end] == 0x0D
            start = Swift.min(end + 1, bytes.count)
            searched = start
        }
        return made
    }

    /// The end of the next line, before its line end; nil if the line is not complete.
    private mutating func lineEnd() -> Int? {
        if isAfterReturn, start < bytes.count {
            if bytes[start] == 0x0A { (start, searched) = (start + 1, start + 1) }
            isAfterReturn = false
        }
        let found = bytes.withUnsafeBytes { bytes -> Int? in
            let feed = Self.first(0x0A, in: searched..<bytes.count, of: bytes)
            return Self.first(0x0D, in: searched..<(feed ?? bytes.count), of: bytes) ?? feed
        }
        if let found { return found }
        searched = bytes.count
        return isComplete && start < bytes.count ? bytes.count : nil
    }

    private static func first(_ byte: CInt, in range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, !range.isEmpty else { return nil }
        return memchr(base + range.lowerBound, byte, range.count).map { UnsafeRawPointer($0) - base }
    }
}
