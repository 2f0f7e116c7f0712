/// What a file system knows of a path without opening it.
package struct FileEntry: Sendable, Hashable {
    package let path: String
    package let kind: Kind
    /// Where the bytes of the file are, as far as that is known; nothing for a file of this machine.
    package let blocks: [FileBlock]

    package enum Kind: Sendable, Hashable {
        /// - Units: bytes.
        case file(size: Int)
        case directory
        /// Something that cannot be read as a file, and why; `notFound` for what was there a moment ago.
        case unreadable(FileError)
    }

    package init(path: String, kind: Kind, blocks: [FileBlock] = []) {
        self.path = path
        self.kind = kind
        self.blocks = blocks
    }
}

/// A part of a file, and the hosts that have it.
package struct FileBlock: Sendable, Hashable {
    /// - Units: bytes, from the start of the file.
    package let range: Range<Int>
    package let hosts: [String]

    package init(_ range: Range<Int>, hosts: [String]) {
        self.range = range
        self.hosts = hosts
    }
}

/// How much of a partition each host has.
struct HostBytes {
    private var bytes: [String: Int] = [:]

    /// Adds a range of a file.
    mutating func add(_ range: Range<Int>, of blocks: [FileBlock]) {
        for block in blocks {
            let count = block.range.clamped(to: range).count
            guard count > 0 else { continue }
            for host in block.hosts { bytes[host, default: 0] += count }
        }
    }

    /// The hosts that have most of it, at most three: a task that runs on any other reads most of its input from elsewhere.
    var preferred: [String] {
        if bytes.isEmpty { return [] }
        let sorted = bytes.sorted { $0.value == $1.value ? precedesInByteOrder($0.key, $1.key) : $0.value > $1.value }
        return sorted.prefix(3).map(\.key)
    }
}
