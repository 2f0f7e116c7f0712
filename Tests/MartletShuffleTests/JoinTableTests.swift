import MartletBlocks
import MartletShuffle
import TestSupport
import Testing

@Suite struct JoinTableTests {
    /// Joins with room for `capacity` rows at a time.
    private func join(
        _ left: [(Int, String)], _ right: [(Int, String)], capacity: Int, isOwned: Bool
    ) -> [String] {
        let table = JoinTable<Int, String>()
        let build = ArraySource(left, batchCount: 300)
        while let raw = try? build.next(), !raw.isEmpty { table.add(raw.elements()) }
        table.seal(marking: false)
        let output = UnsafeMutablePointer<(Int, (String, String))>.allocate(capacity: capacity)
        defer { output.deallocate() }
        var result: [String] = []
        let probe = ArraySource(right, batchCount: 300, isOwned: isOwned)
        while var raw = try? probe.next(), !raw.isEmpty {
            while raw.count > 0 {
                var frame = KernelFrame(input: raw, output: UnsafeMutableRawPointer(output), capacity: capacity)
                table.probe(
                    &frame, pair: { (value: String, other: String) in (value, other) }, alone: { _ in nil })
                for index in 0..<frame.produced {
                    let (key, (first, second)) = (output + index).move()
                    result.append("\(key) \(first) \(second)")
                }
                raw.advance(by: frame.consumed, stride: MemoryLayout<(Int, String)>.stride)
            }
        }
        return result
    }

    @Test(arguments: [1, 2, 7, 256, 4096], [true, false])
    func everyPairOnceInOrder(_ capacity: Int, _ isOwned: Bool) {
        let left = (0..<800).map { ($0 % 97, "a left value that is long, number \($0)") }
        let right = (0..<400).map { ($0 % 131, "a right value that is long, number \($0)") }
        let expected = right.flatMap { row in
            left.filter { $0.0 == row.0 }.map { "\(row.0) \($0.1) \(row.1)" }
        }
        #expect(join(left, right, capacity: capacity, isOwned: isOwned) == expected)
        #expect(join([], right, capacity: capacity, isOwned: isOwned) == [])
        #expect(join(left, [], capacity: capacity, isOwned: isOwned) == [])
    }

    /// A full outer join with room for `capacity` rows at a time.
    private func outerJoin(_ left: [(Int, String)], _ right: [(Int, String)], capacity: Int, isOwned: Bool) -> [String] {
        let table = JoinTable<Int, String>()
        let build = ArraySource(left, batchCount: 300)
        while let raw = try? build.next(), !raw.isEmpty { table.add(raw.elements()) }
        table.seal(marking: true)
        let output = UnsafeMutablePointer<(Int, (String?, String?))>.allocate(capacity: capacity)
        defer { output.deallocate() }
        var result: [String] = []
        func take(_ count: Int) {
            for index in 0..<count {
                let (key, (first, second)) = (output + index).move()
                result.append("\(key) \(first ?? "-") \(second ?? "-")")
            }
        }
        let probe = ArraySource(right, batchCount: 300, isOwned: isOwned)
        while var raw = try? probe.next(), !raw.isEmpty {
            while raw.count > 0 {
                var frame = KernelFrame(input: raw, output: UnsafeMutableRawPointer(output), capacity: capacity)
                table.probe(
                    &frame, pair: { (value: String, other: String) in (value as String?, other as String?) },
                    alone: { (other: String) in (nil, other) })
                take(frame.produced)
                raw.advance(by: frame.consumed, stride: MemoryLayout<(Int, String)>.stride)
            }
        }
        while true {
            var frame = KernelFrame(input: .end, output: UnsafeMutableRawPointer(output), capacity: capacity)
            table.emitUnmarked(&frame) { (value: String) in (value as String?, String?.none) }
            if frame.produced == 0 { return result }
            take(frame.produced)
        }
    }

    @Test(arguments: [1, 2, 7, 256, 4096], [true, false])
    func rowsWithoutAPartnerOnce(_ capacity: Int, _ isOwned: Bool) {
        let left = (0..<800).map { ($0 % 97 * 2, "a left value that is long, number \($0)") }
        let right = (0..<400).map { ($0 % 131, "a right value that is long, number \($0)") }
        let expected = right.flatMap { row in
            let matches = left.filter { $0.0 == row.0 }.map { "\(row.0) \($0.1) \(row.1)" }
            return matches.isEmpty ? ["\(row.0) - \(row.1)"] : matches
        } + left.filter { $0.0 > 130 }.map { "\($0.0) \($0.1) -" }
        #expect(outerJoin(left, right, capacity: capacity, isOwned: isOwned) == expected)
        #expect(outerJoin([], right, capacity: capacity, isOwned: isOwned).count == 400)
        #expect(outerJoin(left, [], capacity: capacity, isOwned: isOwned).count == 800)
    }
}
