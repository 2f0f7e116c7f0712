import MartletBlocks
import MartletPortable

/// What the keys and states of a table refer to, estimated from a few of them.
struct TableHeap {
    private let key: ValueCoder?
    private let state: ValueCoder?
    /// What was found at the last look, and how many rows there were.
    private var last = (bytes: 0, rows: 0)

    init(_ types: (key: ElementType, state: ElementType)) {
        key = Self.coder(types.key)
        state = Self.coder(types.state)
    }

    private static func coder(_ element: ElementType) -> ValueCoder? {
        guard !element.isBitwise, let coder = try? ValueCoder.of(element.type), !coder.isFlat else { return nil }
        return coder
    }

    /// - Units: bytes.
    func bytes(of table: AggregationTable) -> Int { table.heapBytes(key, state, sample: 64) }

    /// The same, looked at again whenever there are a quarter more rows, and in between in proportion.
    ///
    /// - Parameter rows: that have been added to the table since it was empty.
    mutating func bytes(of table: AggregationTable, rows: Int) -> Int {
        if key == nil, state == nil { return 0 }
        if rows < last.rows { last = (0, 0) }
        if rows >= last.rows + max(1024, last.rows / 4) { last = (bytes(of: table), rows) }
        return last.rows == 0 ? 0 : Int(Double(last.bytes) * Double(rows) / Double(last.rows))
    }
}
