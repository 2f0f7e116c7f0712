import MartletBlocks
import MartletPortable

/// The bytes that a table's keys and states refer to, estimated from a sample.
///
/// Most entries are similar, so a few represent the rest. The most frequent keys may have states as large as all other
/// states together: they are found by sampling the keys of rows, and their states are visited each time.
struct TableHeap {
    private let key: ValueCoder?
    private let state: ValueCoder?
    /// The last estimate, and the number of rows at that time.
    private var last = (bytes: 0, rows: 0)
    private var frequent = FrequentHashes()
    private var looks: UInt64 = 0

    init(_ types: (key: ElementType, state: ElementType)) {
        key = Self.coder(types.key)
        state = Self.coder(types.state)
    }

    private static func coder(_ element: ElementType) -> ValueCoder? {
        guard !element.isBitwise, let coder = try? ValueCoder.of(element.type), !coder.isFlat else { return nil }
        return coder
    }

    /// Rows that begin with a key are about to be added to the table.
    mutating func note(_ batch: RawBatch, _ row: ElementType, _ table: AggregationTable) {
        if state != nil { frequent.note(batch, stride: row.stride, table) }
    }

    /// - Units: bytes.
    mutating func bytes(of table: AggregationTable) -> Int {
        guard key != nil || state != nil, table.count > 0 else { return 0 }
        looks += 1
        let large = frequent.hashes.compactMap(table.entry)
        let known = Set(large.map(\.hash))
        let sample = max(64, min(1024, table.count / 64))
        var bytes = large.reduce(0) { $0 + look($1, budget: max(32, 4096 / large.count)) }
        var (seen, seenBytes) = (0, 0)
        table.forSomeEntries(sample, seed: looks) { entry in
            if known.contains(entry.hash) { return }
            seen += 1
            seenBytes += look(entry, budget: 32)
        }
        if seen > 0 { bytes += Int(Double(seenBytes) * Double(table.count - large.count) / Double(seen)) }
        return bytes
    }

    private func look(_ entry: AggregationTable.Entry, budget: Int) -> Int {
        let seed = entry.hash &+ looks
        return (key?.look(entry.key, count: 1, seed: seed, budget: budget).bytes ?? 0)
            + (state?.look(entry.value, count: 1, seed: seed, budget: budget).bytes ?? 0)
    }

    /// The same, estimated again whenever there are a quarter more rows (or 1024, where they are small), and in between in
    /// proportion.
    ///
    /// - Parameter rows: the rows added to the table since it was empty.
    mutating func bytes(of table: AggregationTable, rows: Int) -> Int {
        if key == nil, state == nil { return 0 }
        if rows < last.rows { last = (0, 0) }
        let least = last.rows == 0 || last.bytes > 1024 * last.rows ? 1 : 1024
        if rows >= last.rows + max(least, last.rows / 4) { last = (bytes(of: table), rows) }
        return last.rows == 0 ? 0 : Int(Double(last.bytes) * Double(rows) / Double(last.rows))
    }

    /// The extra bytes of the table when the state with the most rows has to move to make room for `count` more elements.
    mutating func growth(of table: AggregationTable, adding count: Int) -> Int {
        guard let state, let entry = frequent.first.flatMap(table.entry) else { return 0 }
        let growth = state.growth(entry.value, adding: count)
        // A moved state no longer has its estimated size.
        if growth > last.bytes / 8 { last = (0, 0) }
        return growth
    }

    /// The bytes of the state with the most rows.
    func mostFrequentBytes(of table: AggregationTable) -> Int {
        frequent.first.flatMap(table.entry).map { look($0, budget: 4096) } ?? 0
    }
}

/// The most frequent keys, by their hashes: found by sampling one row in every few hundred.
struct FrequentHashes {
    private var counts: [UInt64: Int] = [:]
    private var chance = HeapChance(seed: 2)
    /// How many rows to skip before the next sampled row.
    private var pause = 0

    private static let (capacity, largest) = (1024, 256)

    mutating func note(_ batch: RawBatch, stride: Int, _ table: AggregationTable) {
        while pause < batch.count {
            counts[table.hash(ofRow: batch.base + pause * stride), default: 0] += 1
            pause += 128 + chance.next(below: 256)
        }
        pause -= batch.count
        while counts.count > Self.capacity { counts = counts.mapValues { $0 / 2 }.filter { $0.value > 0 } }
    }

    /// The hashes that were seen more than once, the most frequent first.
    var hashes: [UInt64] {
        let seen = counts.filter { $0.value > 1 }.sorted { ($0.value, $0.key) > ($1.value, $1.key) }
        return seen.prefix(Self.largest).map(\.key)
    }

    var first: UInt64? { counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key }
}
