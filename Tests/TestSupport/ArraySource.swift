public import MartletBlocks

/// Returns the rows of an array, a few at a time; the batches are lent or owned. Can fail after the last row.
public final class ArraySource<Row>: BatchSource {
    public struct Failure: Error {}

    private let rows: [Row]
    private let batchCount: Int
    private let isOwned: Bool
    private let buffer: UnsafeMutablePointer<Row>
    private var position = 0
    private let fails: Bool

    public init(_ rows: [Row], batchCount: Int = 100, isOwned: Bool = true, fails: Bool = false) {
        self.rows = rows
        self.fails = fails
        self.batchCount = batchCount
        self.isOwned = isOwned
        buffer = .allocate(capacity: batchCount)
    }

    deinit { buffer.deallocate() }

    public override func next() throws -> RawBatch {
        let part = rows[position..<Swift.min(rows.count, position + batchCount)]
        position += part.count
        if part.isEmpty {
            if fails { throw Failure() }
            return .end
        }
        if !isOwned {
            return rows.withUnsafeBufferPointer {
                RawBatch(
                    base: UnsafeMutableRawPointer(mutating: $0.baseAddress.unsafelyUnwrapped + part.startIndex),
                    count: part.count, isOwned: false)
            }
        }
        for (index, row) in part.enumerated() { (buffer + index).initialize(to: row) }
        return RawBatch(base: UnsafeMutableRawPointer(buffer), count: part.count, isOwned: true)
    }
}

extension BatchSource {
    /// All remaining rows.
    public func rest<Row>(_: Row.Type = Row.self) throws -> [Row] {
        var rows: [Row] = []
        try forEachBatch { raw in
            let batch: Batch<Row> = raw.elements()
            for index in 0..<batch.count { rows.append(batch.take(index)) }
        }
        return rows
    }
}
