/// One row in a sort: the first 64 bits of its key, and where it is.
@frozen
public struct SortEntry {
    public var prefix: UInt64
    public var row: UnsafeRawPointer

    @inlinable
    public init(prefix: UInt64, row: UnsafeRawPointer) {
        self.prefix = prefix
        self.row = row
    }
}

/// Sorts entries by prefix, keeping the order of equal ones: least significant digit first, 11 bits at a time,
/// leaving out digits that are the same in all entries.
///
/// - Complexity: O(n) for each of up to six digits, with room for n more entries.
func radixSort(_ entries: inout [SortEntry]) {
    guard entries.count > 1 else { return }
    if entries.count < 512 {
        mergeSortByPrefix(&entries)
        return
    }
    let digitBits = 11
    let digits = 6
    let buckets = 1 << digitBits
    var counts = [Int](repeating: 0, count: digits * buckets)
    counts.withUnsafeMutableBufferPointer { counts in
        for entry in entries {
            for digit in 0..<digits {
                counts[digit * buckets + Int(truncatingIfNeeded: entry.prefix &>> UInt64(digit * digitBits)) & (buckets - 1)] &+= 1
            }
        }
    }
    var other = [SortEntry](unsafeUninitializedCapacity: entries.count) { buffer, count in
        entries.withUnsafeBufferPointer { source in
            buffer.baseAddress.unsafelyUnwrapped.initialize(
                from: source.baseAddress.unsafelyUnwrapped, count: source.count)
        }
        count = entries.count
    }
    for digit in 0..<digits {
        let shift = UInt64(digit * digitBits)
        let range = digit * buckets..<(digit + 1) * buckets
        if counts[range].contains(entries.count) { continue }
        var offset = 0
        for bucket in range {
            let count = counts[bucket]
            counts[bucket] = offset
            offset += count
        }
        entries.withUnsafeBufferPointer { source in
            other.withUnsafeMutableBufferPointer { target in
                counts.withUnsafeMutableBufferPointer { counts in
                    for entry in source {
                        let bucket = digit &* buckets &+ Int(truncatingIfNeeded: entry.prefix &>> shift) & (buckets &- 1)
                        target[counts[bucket]] = entry
                        counts[bucket] &+= 1
                    }
                }
            }
        }
        swap(&entries, &other)
    }
}

private func mergeSortByPrefix(_ entries: inout [SortEntry]) {
    // The standard library's sort is stable, though its documentation does not promise it; ties are broken by row
    // order here, so nothing relies on that.
    let order = entries.indices.sorted { left, right in
        entries[left].prefix != entries[right].prefix ? entries[left].prefix < entries[right].prefix : left < right
    }
    entries = order.map { entries[$0] }
}
