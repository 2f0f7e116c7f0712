import Foundation
@testable import MartletBlocks
import MartletPortable
import Testing

/// M9: the memory of rows is estimated within a bound, however long and short rows alternate. `MARTLET_NIGHTLY` tests all
/// periods, and more rows.
@Suite struct HeapEstimateTests {
    private static let isNightly = ProcessInfo.processInfo.environment["MARTLET_NIGHTLY"] != nil
    private static let rowCount = isNightly ? 40_000 : 8_000

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// - Parameter batchCounts: the sizes of the batches, in turn.
    private func estimate<Row>(_ rows: [Row], _ batchCounts: [Int]) -> Int {
        var estimate = HeapEstimate(ElementType(Row.self))
        rows.withUnsafeBytes { bytes in
            var (start, turn) = (0, 0)
            while start < rows.count {
                let count = min(batchCounts[turn % batchCounts.count], rows.count - start)
                let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress! + start * MemoryLayout<Row>.stride)
                estimate.add(RawBatch(base: base, count: count, isOwned: false))
                start += count
                turn += 1
            }
        }
        return estimate.bytes
    }

    /// The memory of each row, from visiting it alone.
    private func exact<Row>(_ rows: [Row]) throws -> [Int] {
        let coder = try ValueCoder.of(Row.self)
        return rows.withUnsafeBytes { bytes in
            rows.indices.map { coder.heapBytes(bytes.baseAddress! + $0 * MemoryLayout<Row>.stride, count: 1) }
        }
    }

    /// At least one in so many rows is visited.
    private func bound(_ bytes: [Int], oneIn step: Int) -> Double {
        let looks = Double(bytes.count) / Double(step)
        let largest = Double(bytes.max()!) * Double(bytes.count) / Double(bytes.reduce(0, +))
        return largest * (11 / looks).squareRoot()
    }

    private func check<Row>(_ name: String, _ rows: [Row], oneIn step: Int = HeapSample.longestStretch) throws {
        let bytes = try exact(rows)
        let whole = Double(bytes.reduce(0, +))
        let found = estimate(rows, [1365])
        if whole == 0 { return #expect(found == 0, "\(name)") }
        let error = abs(Double(found) / whole - 1)
        let allowed = step == 1 ? 0 : bound(bytes, oneIn: step)
        #expect(error <= allowed, "\(name): \(found) of \(Int(whole)), \(error) is more than \(allowed)")
        for batches in [[1], [32], [1, 2047, 8, 3]] {
            #expect(estimate(rows, batches) == found, "\(name) in batches of \(batches)")
        }
    }

    static let periods = isNightly
        ? Array(2...40) + [48, 63, 64, 65, 100, 128, 170, 171, 256, 500] : [2, 3, 5, 8, 15, 16, 17, 32, 33, 64, 171]

    /// One long row among a few, at each critical place.
    @Test(arguments: periods)
    func oneLongRowOfEachFew(_ period: Int) throws {
        for phase in Set([0, 1, period / 2, period - 1]) {
            let isLong = (0..<Self.rowCount).map { $0 % period == phase }
            let name = "one of \(period), the \(phase)th"
            try check(name + ", texts", isLong.map { ($0 ? Self.long(1000) : "short", 1) }, oneIn: 1)
            try check(name + ", optional texts", isLong.map { $0 ? Self.long(1000) : nil })
            try check(name + ", arrays", isLong.map { [UInt8](repeating: 1, count: $0 ? 2000 : 0) })
            try check(name + ", sets", isLong.map { $0 ? Set(0..<100) : [] })
            try check(name + ", arrays of texts", isLong.map { $0 ? [Self.long(300), Self.long(300)] : ["short"] })
        }
    }

    /// Stretches of long rows between stretches of short ones, also with the lengths of the sampled stretches.
    @Test(arguments: [1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 100, 1000])
    func longAndShortStretches(_ length: Int) throws {
        for shift in Set([0, 1, length / 2]) {
            let isLong = (0..<Self.rowCount).map { ($0 + shift) / length % 2 == 0 }
            let name = "stretches of \(length), shifted by \(shift)"
            try check(name + ", optional texts", isLong.map { $0 ? Self.long(1000) : nil })
            try check(name + ", pairs", isLong.map { ($0 ? Self.long(1000) : "a", [Int](repeating: 1, count: $0 ? 0 : 50)) })
        }
    }

    /// Each row is one of few: all are visited.
    @Test func fewRows() throws {
        for count in [0, 1, 2, 8, 9, 63, 64] {
            let rows = (0..<count).map { Optional(Self.long($0 * 997 % 5000)) }
            #expect(estimate(rows, [7]) == (try exact(rows)).reduce(0, +), "\(count) rows")
        }
    }

    /// Long rows are visited one by one, since that costs little beside them.
    @Test func longRows() throws {
        let rows = (0..<3000).map { index -> [String]? in index % 3 == 0 ? nil : (0..<20).map { _ in Self.long(500 + index) } }
        try check("long rows", rows, oneIn: 2)
    }

    /// A few rows hold nearly all memory, and arrive late.
    @Test(arguments: [100, 300, 1000])
    func rareGiants(_ period: Int) throws {
        let rows = (0..<5 * Self.rowCount).map { Optional($0 % period == period - 1 ? Self.long(100_000) : "short") }
        let (found, whole) = (estimate(rows, [1365]), try exact(rows).reduce(0, +))
        #expect((0.5...2).contains(Double(found) / Double(whole)), "one of \(period): \(found) of \(whole)")
    }

    @Test func rowsThatGoAreForgotten() {
        var estimate = HeapEstimate(ElementType(String?.self))
        let rows = (0..<1000).map { Optional(Self.long($0)) }
        rows.withUnsafeBytes { bytes in
            let batch = RawBatch(base: UnsafeMutableRawPointer(mutating: bytes.baseAddress!), count: 1000, isOwned: false)
            estimate.add(batch)
            #expect(estimate.bytes > 0)
            estimate.reset()
            #expect(estimate.bytes == 0)
            estimate.add(bytes: 12)
            #expect(estimate.bytes == 12)
            estimate.add(batch)
        }
        let whole = 1000 * (1000 / 2 + 48)
        #expect((0.7...1.3).contains(Double(estimate.bytes) / Double(whole)), "\(estimate.bytes)")
    }

    @Test func whatRefersToNothing() {
        #expect(estimate((0..<5000).map { ($0, 1.5) }, [100]) == 0)
        #expect(estimate([(() -> Void)](repeating: {}, count: 100), [100]) == 0)
    }
}
