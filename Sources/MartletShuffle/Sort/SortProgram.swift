public import MartletBlocks

/// The typed kernels of a sort, made where the element type and the key function are known.
public struct SortProgram: Sendable {
    public let element: ElementType
    public let isAscending: Bool
    /// Rows with equal prefixes have equal keys.
    let isExact: Bool
    /// Writes the key prefix of each row.
    let prefixes: @Sendable (RawBatch, UnsafeMutablePointer<UInt64>) throws -> Void
    /// The first row's key is less than the second's.
    let isLess: @Sendable (UnsafeRawPointer, UnsafeRawPointer) throws -> Bool
    /// The row's key comes after all keys that equal themselves.
    let isUnordered: @Sendable (UnsafeRawPointer) throws -> Bool
    /// Copies rows from anywhere to one place.
    let gather: @Sendable (UnsafePointer<UnsafeRawPointer>, Int, UnsafeMutableRawPointer) -> Void

    @usableFromInline
    init(
        element: ElementType, isAscending: Bool, isExact: Bool,
        prefixes: @escaping @Sendable (RawBatch, UnsafeMutablePointer<UInt64>) throws -> Void,
        isLess: @escaping @Sendable (UnsafeRawPointer, UnsafeRawPointer) throws -> Bool,
        isUnordered: @escaping @Sendable (UnsafeRawPointer) throws -> Bool,
        gather: @escaping @Sendable (UnsafePointer<UnsafeRawPointer>, Int, UnsafeMutableRawPointer) -> Void
    ) {
        self.element = element
        self.isAscending = isAscending
        self.isExact = isExact
        self.prefixes = prefixes
        self.isLess = isLess
        self.isUnordered = isUnordered
        self.gather = gather
    }

    @inlinable @inline(__always)
    public static func make<Element, Key: Comparable & Sendable>(
        ascending: Bool, by key: @escaping @Sendable (Element) throws -> Key
    ) -> SortProgram {
        SortProgram(
            element: ElementType(Element.self), isAscending: ascending, isExact: SortPrefixer<Key>().isExact,
            prefixes: { rows, prefixes in
                let prefixer = SortPrefixer<Key>()
                let rows = rows.elements(Element.self)
                for index in 0..<rows.count { prefixes[index] = prefixer.prefix(try key(rows.base[index])) }
            },
            isLess: { left, right in
                let left = left.assumingMemoryBound(to: Element.self)
                let right = right.assumingMemoryBound(to: Element.self)
                return try key(left.pointee) < key(right.pointee)
            },
            isUnordered: { row in
                TotalOrder().isUnordered(try key(row.assumingMemoryBound(to: Element.self).pointee))
            },
            gather: { rows, count, target in
                let target = target.assumingMemoryBound(to: Element.self)
                for index in 0..<count {
                    (target + index).initialize(to: rows[index].assumingMemoryBound(to: Element.self).pointee)
                }
            })
    }

    /// The first entry goes before the second; equal keys keep their order.
    @inline(__always)
    func precedes(_ left: SortEntry, _ right: SortEntry) throws -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        if isExact { return false }
        let (lower, upper) = isAscending ? (left.row, right.row) : (right.row, left.row)
        if left.prefix == unorderedPrefix {
            let (isLowerUnordered, isUpperUnordered) = (try isUnordered(lower), try isUnordered(upper))
            if isLowerUnordered || isUpperUnordered { return !isLowerUnordered }
        }
        return try isLess(lower, upper)
    }

    private var unorderedPrefix: UInt64 { isAscending ? .max : 0 }

    /// Sorts the rows, without moving them.
    func sort(_ rows: ChunkList) throws -> MemoryRun {
        var entries = try entries(of: rows)
        radixSort(&entries)
        if !isExact { try sortTies(&entries) }
        return MemoryRun(rows: rows, entries: entries)
    }

    func entries(of rows: ChunkList) throws -> [SortEntry] {
        var entries: [SortEntry] = []
        entries.reserveCapacity(rows.count)
        for chunk in 0..<rows.chunkCount {
            var rest = rows.batch(chunk)
            while rest.count > 0 {
                var part = rest
                part.count = min(rest.count, BatchBuffer.maximumCount)
                try appendEntries(of: part, to: &entries)
                rest.advance(by: part.count, stride: element.stride)
            }
        }
        return entries
    }

    /// Adds the entries of rows, which must not move.
    func appendEntries(of part: RawBatch, to entries: inout [SortEntry]) throws {
        let flip: UInt64 = isAscending ? 0 : .max
        try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: part.count) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            try prefixes(part, scratch)
            for index in 0..<part.count {
                entries.append(SortEntry(prefix: scratch[index] ^ flip, row: part.base + index * element.stride))
            }
        }
    }

    /// Orders rows whose prefixes are equal by their whole keys.
    private func sortTies(_ entries: inout [SortEntry]) throws {
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, entries[end].prefix == entries[start].prefix { end += 1 }
            if end - start > 1 {
                // The enumeration breaks ties by position, so equal keys keep their order.
                let ordered = try entries[start..<end].enumerated().sorted { left, right in
                    if try precedes(left.element, right.element) { return true }
                    if try precedes(right.element, left.element) { return false }
                    return left.offset < right.offset
                }
                for (offset, entry) in ordered.enumerated() { entries[start + offset] = entry.element }
            }
            start = end
        }
    }
}
