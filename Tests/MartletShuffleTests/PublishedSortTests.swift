@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import MartletStatistics
import TestSupport
import Testing

/// Sorted outputs of several executors: all readers cut them at the same places.
@Suite struct PublishedSortTests {
    private typealias Row = (Int, Int)
    private let program = SortProgram.make(ascending: true) { (row: (Int, Int)) in row.0 }

    enum Shape: CaseIterable { case shuffled, sorted, reversed, equal, few, skewedMaps, powers }

    private func rows(_ shape: Shape, _ maps: Int, _ count: Int) -> [[Row]] {
        var random = SeededGenerator(seed: 3)
        return (0..<maps).map { map in
            (0..<(shape == .skewedMaps ? count * (map + 1) / 3 : count)).map { index in
                let key =
                    switch shape {
                    case .shuffled, .skewedMaps: Int(random.next() % 1_000_000_000)
                    case .sorted: map * count + index
                    case .reversed: (maps - map) * count - index
                    case .equal: 5
                    case .few: Int(random.next() % 7)
                    case .powers: index % 256
                    }
                return (key, map * 1_000_000 + index)
            }
        }
    }

    private func outputs(_ rows: [[Row]], _ memory: TaskMemory, _ program: SortProgram? = nil) throws -> [MapOutput] {
        try rows.map { try (program ?? self.program).writeMapOutput(ArraySource($0), memory: memory) }
    }

    private func read(
        _ cluster: FakeCluster, _ store: ShuffleStore, maps: Int, partitions: Int, _ program: SortProgram? = nil
    ) throws -> [[Row]] {
        try (0..<partitions).map { partition in
            try store.sortedRows(
                of: cluster.shuffle, partition: partition, partitionCount: partitions, mapCount: maps,
                program: program ?? self.program, batchBytes: 4096, memory: cluster.memory()
            ).rest(Row.self)
        }
    }

    private func expectEqual(_ left: [[Row]], _ right: [[Row]], _ sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(left.map(\.count) == right.map(\.count), sourceLocation: sourceLocation)
        #expect(
            zip(left, right).allSatisfy { $0.elementsEqual($1) { $0 == $1 } }, "the rows are others",
            sourceLocation: sourceLocation)
    }

    @Test(arguments: Shape.allCases, [1, 2, 5, 40])
    func likeInOneProcess(_ shape: Shape, _ partitions: Int) throws {
        let rows = rows(shape, 4, 6000)
        var first: [[Row]]?
        for spillEvery in [nil, 1000, 5999] as [Int?] {
            let cluster = FakeCluster()
            let outputs = try outputs(rows, cluster.memory(spillEvery: spillEvery))
            try cluster.publish(outputs, partitionCount: partitions)
            let found = try read(cluster, cluster.reader, maps: 4, partitions: partitions)
            let local = try read(cluster, localStore(outputs, cluster.shuffle), maps: 4, partitions: partitions)
            #expect(found.joined().elementsEqual(local.joined()) { $0 == $1 })
            for (left, right) in zip(found, found.dropFirst()) {
                if let last = left.last, let first = right.first { #expect(last.0 < first.0) }
            }
            // The cuts do not depend on the spills.
            expectEqual(found, first ?? found)
            first = first ?? found
            let largest = found.map(\.count).max() ?? 0
            let total = rows.reduce(0) { $0 + $1.count }
            switch shape {
            case .equal: #expect(largest == total)
            // A range consists of whole keys.
            case .few: #expect(largest <= total / partitions + total / 5)
            case .powers: #expect(largest <= total / partitions + total / 100)
            default: #expect(largest <= total / partitions * 106 / 100 + 1, "\(found.map(\.count))")
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3, 100])
    func smallOutputs(_ count: Int) throws {
        let cluster = FakeCluster()
        var rows = rows(.shuffled, 4, count)
        rows[1] = []
        let outputs = try outputs(rows, cluster.memory())
        try cluster.publish(outputs, partitionCount: 6)
        let found = try read(cluster, cluster.reader, maps: 4, partitions: 6)
        let local = try read(cluster, localStore(outputs, cluster.shuffle), maps: 4, partitions: 6)
        #expect(found.joined().elementsEqual(local.joined()) { $0 == $1 })
    }

    @Test func descending() throws {
        let cluster = FakeCluster()
        let program = SortProgram.make(ascending: false) { (row: (Int, Int)) in row.0 }
        let outputs = try outputs(rows(.few, 3, 2000), cluster.memory(spillEvery: 300), program)
        try cluster.publish(outputs, partitionCount: 4)
        let found = try read(cluster, cluster.reader, maps: 3, partitions: 4, program)
        let local = try read(cluster, localStore(outputs, cluster.shuffle), maps: 3, partitions: 4, program)
        #expect(found.joined().elementsEqual(local.joined()) { $0 == $1 })
    }

    /// Two readers in different processes; between them an output is lost and recomputed, with other spills.
    @Test func anOutputThatIsMadeAgain() throws {
        let cluster = FakeCluster()
        let rows = rows(.shuffled, 3, 5000)
        try cluster.publish(outputs(rows, cluster.memory()), partitionCount: 4)
        let old = try (0..<2).map { partition in
            try cluster.reader.sortedRows(
                of: cluster.shuffle, partition: partition, partitionCount: 4, mapCount: 3, program: program,
                batchBytes: 4096, memory: cluster.memory())
        }
        let begun = try old[0].next()
        let start = (0..<begun.count).map { begun.elements(Row.self).take($0) }
        let again = try outputs(rows, cluster.memory(spillEvery: 700))
        try cluster.publish(again[1], 1, of: 3, partitionCount: 4)
        let second = ShuffleStore(remote: cluster.access)
        cluster.tell(second)
        let late = try read(cluster, second, maps: 3, partitions: 4)
        let early = try [start + old[0].rest(Row.self), old[1].rest(Row.self)]
        expectEqual(early, Array(late[..<2]))
        #expect(late.joined().count == 15_000)
        // The first reader's process learns of it, too.
        cluster.tell()
        expectEqual(try read(cluster, cluster.reader, maps: 3, partitions: 4), late)
    }

    /// More runs than can be open at once: they are merged in passes.
    @Test(arguments: [0, 2])
    func manyMaps(_ threads: Int) throws {
        let cluster = FakeCluster(threads: threads)
        let rows = rows(.shuffled, 150, 40)
        let outputs = try outputs(rows, cluster.memory())
        try cluster.publish(outputs, partitionCount: 3)
        let found = try read(cluster, cluster.reader, maps: 150, partitions: 3)
        let local = try read(cluster, localStore(outputs, cluster.shuffle), maps: 150, partitions: 3)
        #expect(found.joined().elementsEqual(local.joined()) { $0 == $1 })
        #expect(found.map(\.count).allSatisfy { (1900...2100).contains($0) })
    }

    /// The reader's process has some outputs itself: it cuts them where other readers do.
    @Test func ownOutputs() throws {
        let cluster = FakeCluster()
        let outputs = try outputs(rows(.shuffled, 3, 4000), cluster.memory(spillEvery: 1500))
        try cluster.publish(outputs, partitionCount: 4)
        let expected = try read(cluster, cluster.reader, maps: 3, partitions: 4)
        let other = ShuffleStore(remote: cluster.access)
        other.put(outputs[1], of: cluster.shuffle, map: 1, mapCount: 3)
        cluster.tell(other)
        expectEqual(try read(cluster, other, maps: 3, partitions: 4), expected)
    }

    /// Large rows: the sample and the first rows of pages take little of the file.
    @Test func largeRows() throws {
        let cluster = FakeCluster()
        let program = SortProgram.make(ascending: true) { (row: (Int, String)) in row.0 }
        let text = String(repeating: "some text that is long ", count: 4000)
        let rows = (0..<300).map { ($0 &* 7919 % 300, text + "\($0)") }
        let output = try program.writeMapOutput(ArraySource(rows), memory: cluster.memory())
        try cluster.publish([output], partitionCount: 8)
        let index = try MapOutputFile.indexBytes(cluster.path(0))
        guard case .run(let run) = try MapOutputIndex(index, of: "test", recordCount: 300, sort: program) else {
            Issue.record("no run")
            return
        }
        #expect((16...32).contains(run.sample.count))
        #expect(try run.pages(program).firstEntries.count <= 300 / 16 + 1)
        var found: [(Int, String)] = []
        for partition in 0..<8 {
            let part = try cluster.reader.sortedRows(
                of: cluster.shuffle, partition: partition, partitionCount: 8, mapCount: 1, program: program, batchBytes: 4096,
                memory: cluster.memory()
            ).rest((Int, String).self)
            #expect((15...65).contains(part.count))
            found += part
        }
        #expect(found.elementsEqual(rows.sorted { $0.0 < $1.0 }) { $0 == $1 })
    }
}
