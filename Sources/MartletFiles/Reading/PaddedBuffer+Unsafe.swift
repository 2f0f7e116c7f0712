// Unsafe: `base` points at `capacity + padding` bytes from `malloc` or `realloc`, owned by this value alone
// and freed in `deinit`. Every region handed out is checked against `capacity`, and is valid until the buffer
// is resized.

import Glibc

/// Memory of a changing size with `padding` readable bytes after its end, for code that reads whole words.
@safe package struct PaddedBuffer: ~Copyable {
    /// Readable bytes after `capacity`, of no defined value.
    package static let padding = 64

    private var base: UnsafeMutableRawPointer
    /// - Units: bytes, without the padding.
    package private(set) var capacity: Int

    package init(capacity: Int) {
        unsafe base = Self.resized(nil, to: capacity)
        self.capacity = capacity
    }

    deinit { unsafe free(base) }

    /// The bytes at `range`.
    package subscript(range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "a region lies inside its buffer")
        return unsafe UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// Changes the capacity. The first bytes, as many as fit, keep their value; regions handed out become
    /// invalid.
    package mutating func resize(to capacity: Int) {
        unsafe base = Self.resized(base, to: capacity)
        self.capacity = capacity
    }

    /// Moves the bytes at `range` to the start.
    mutating func moveToFront(_ range: Range<Int>) {
        guard range.lowerBound > 0 else { return }
        unsafe self[0..<range.count].copyMemory(from: UnsafeRawBufferPointer(self[range]))
    }

    /// Where the first line in `range` ends; nil if it does not end there.
    func firstLineEnd(in range: Range<Int>) -> LineEnd? {
        let feed = first(newline, in: range)
        if let mark = first(carriageReturn, in: range.lowerBound..<(feed ?? range.upperBound)), mark + 1 != feed {
            return LineEnd(index: mark + 1, mayGoOn: mark + 1 == range.upperBound)
        }
        return feed.map { LineEnd(index: $0 + 1, mayGoOn: false) }
    }

    /// Behind the last end of a line in `range` that is known to be whole.
    ///
    /// - Complexity: the bytes behind it; without any, some `memchr`.
    func lastLineEnd(in range: Range<Int>) -> Int? {
        if let first = first(newline, in: range) { return last(newline, in: first..<range.upperBound).map { $0 + 1 } }
        // A line feed may follow the last byte.
        let known = range.lowerBound..<max(range.lowerBound, range.upperBound - 1)
        guard let first = first(carriageReturn, in: known) else { return nil }
        return last(carriageReturn, in: first..<known.upperBound).map { $0 + 1 }
    }

    private func first(_ byte: CInt, in range: Range<Int>) -> Int? {
        guard !range.isEmpty, let found = unsafe memchr(base + range.lowerBound, byte, self[range].count)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    private func last(_ byte: CInt, in range: Range<Int>) -> Int? {
        var index = range.upperBound - 1
        while index >= range.lowerBound, unsafe base.load(fromByteOffset: index, as: UInt8.self) != UInt8(byte) { index -= 1 }
        return index >= range.lowerBound ? index : nil
    }

    /// The index at which `pattern`, of at least one byte, first occurs in `range`.
    func first(_ pattern: [UInt8], in range: Range<Int>) -> Int? {
        var start = range.lowerBound
        while range.upperBound - start >= pattern.count {
            let space = range.upperBound - start - pattern.count + 1
            guard let found = unsafe memchr(base + start, CInt(pattern[0]), self[start..<(start + space)].count)
            else { return nil }
            if unsafe memcmp(found, pattern, pattern.count) == 0 { return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base) }
            start = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
        }
        return nil
    }

    private static func resized(
        _ base: UnsafeMutableRawPointer?, to capacity: Int
    ) -> UnsafeMutableRawPointer {
        guard let memory = unsafe realloc(base, capacity + padding) else {
            preconditionFailure("out of memory: \(capacity) bytes for a read buffer")
        }
        return unsafe memory
    }
}

/// Where a line ends in a buffer.
struct LineEnd {
    /// Behind its last byte.
    let index: Int
    /// It is a carriage return at the end of what was searched: a line feed may follow, and belong to it.
    let mayGoOn: Bool
}

private let newline = CInt(10)
private let carriageReturn = CInt(13)
