@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import MartletStatistics
import TestSupport
import Testing

/// The buckets that reduce partitions read, and the rows in them.
@Suite struct ShuffleLayoutTests {
    private let numbers = ScatterProgram.roundRobin(Int.self)

    /// Row counts of map outputs: random, equal, rising, empty, and one large among small ones.
    private static let shapes: [[Int]] = {
        var generator = SeededGenerator(seed: 12)
        var shapes = [[], [0], [7], [0, 0, 0], [0, 0, 9, 0], Array(repeating: 5, count: 100), Array(0..<40)]
        for _ in 0..<200 {
            let most = [1, 3, 50, 4000][Int.random(in: 0..<4, using: &generator)]
            let maps = Int.random(in: 0..<30, using: &generator)
            shapes.append((0..<maps).map { _ in Int.random(in: 0...most, using: &generator) })
        }
        return shapes
    }()

    private func plans(_ layout: ShuffleLayout, _ partitions: Int, _ counts: [Int]) -> [BucketPlan] {
        (0..<partitions).map { partition in
            BucketPlan(layout, partition: partition, mapCount: counts.count) { counts }
        }
    }

    /// Row `i` of all is in partition `i % n`, whatever the counts of the map outputs.
    @Test(arguments: [1, 2, 3, 7, 10, 64, 500])
    func dealtRowsAreInTurn(_ partitions: Int) {
        for counts in Self.shapes {
            var sizes = [Int](repeating: 0, count: partitions)
            var isRight = true
            for (partition, plan) in plans(.dealt(partitionCount: partitions), partitions, counts).enumerated() {
                #expect(plan.maps == 0..<counts.count)
                for map in plan.maps {
                    let before = counts[..<map].reduce(0, +)
                    let bucket = plan.bucket(of: map)
                    for row in stride(from: bucket, to: counts[map], by: partitions) {
                        isRight = isRight && (before + row) % partitions == partition
                        sizes[partition] += 1
                    }
                }
            }
            #expect(isRight, "\(counts)")
            #expect(sizes.reduce(0, +) == counts.reduce(0, +))
            #expect(sizes.max()! - sizes.min()! <= 1, "\(counts)")
        }
    }

    @Test(arguments: [1, 2, 3, 7, 29, 40])
    func groupsAreNeighboursAndEven(_ partitions: Int) {
        for counts in Self.shapes {
            let plans = plans(.grouped(partitionCount: partitions), partitions, counts)
            #expect(plans.flatMap { Array($0.maps) } == Array(0..<counts.count))
            #expect(plans.allSatisfy { plan in plan.maps.allSatisfy { plan.bucket(of: $0) == 0 } })
            let sizes = plans.map { $0.maps.count }
            #expect(sizes.max()! - sizes.min()! <= 1)
        }
    }

    @Test func bucketsByPartitionAreNotTurned() {
        let plan = BucketPlan(.byPartition, partition: 4, mapCount: 3) { Issue.record("counts do not matter"); return [] }
        #expect(plan.maps == 0..<3 && plan.maps.allSatisfy { plan.bucket(of: $0) == 4 })
    }

    @Test func countsBeyondAllMemory() {
        let counts = [Int.max, Int.max, Int.max]
        let plan = BucketPlan(.dealt(partitionCount: 1_000_000), partition: 0, mapCount: 3) { counts }
        #expect(plan.maps.map { plan.bucket(of: $0) } == [0, 1_000_000 - Int.max % 1_000_000, 1_000_000 - 2 * (Int.max % 1_000_000) % 1_000_000])
    }

    /// In memory, spilled, and published by other processes.
    @Test(arguments: [nil, 1, 50] as [Int?], [1, 3, 8])
    func rowsLieWhereTheyAreLookedFor(_ spillEvery: Int?, _ partitions: Int) throws {
        for counts in Self.shapes.prefix(40) where !counts.isEmpty && counts.reduce(0, +) < 500 {
            let cluster = FakeCluster()
            var next = 0
            let outputs = try counts.map { count in
                defer { next += count }
                return try numbers.deal(
                    ArraySource(Array(next..<next + count), batchCount: 7), bucketCount: partitions,
                    memory: cluster.memory(spillEvery: spillEvery))
            }
            try cluster.publish(outputs, partitionCount: partitions)
            let local = localStore(outputs, cluster.shuffle)
            let layout = ShuffleLayout.dealt(partitionCount: partitions)
            for partition in 0..<partitions {
                let expected = Array(stride(from: partition, to: next, by: partitions))
                for store in [local, cluster.reader] {
                    let found = try store.rows(
                        of: cluster.shuffle, partition: partition, mapCount: counts.count, layout: layout, row: numbers.row)
                    #expect(try found.rest(Int.self) == expected)
                }
            }
            cluster.transfer.waitForStreams()
        }
    }

    @Test(arguments: [1, 2, 5, 9])
    func groupsAreReadInTheirOrder(_ partitions: Int) throws {
        let cluster = FakeCluster()
        let outputs = try (0..<7).map { map in
            try numbers.deal(ArraySource([map]), bucketCount: 1, memory: cluster.memory())
        }
        try cluster.publish(outputs, partitionCount: 1)
        for store in [localStore(outputs, cluster.shuffle), cluster.reader] {
            let groups = try (0..<partitions).map { partition in
                try store.rows(
                    of: cluster.shuffle, partition: partition, mapCount: 7, layout: .grouped(partitionCount: partitions),
                    row: numbers.row
                ).rest(Int.self)
            }
            #expect(groups == (0..<partitions).map { Array(sliceBounds($0, of: partitions, 7)) })
        }
        cluster.transfer.waitForStreams()
    }

    // MARK: Outputs that are recomputed with other rows.

    @Test func anOutputWithAnotherCountIsNoticed() throws {
        let cluster = FakeCluster()
        let outputs = try [5, 6, 7].map { try numbers.deal(ArraySource(Array(0..<$0)), bucketCount: 2, memory: cluster.memory()) }
        let again = try [5, 4].map { try numbers.deal(ArraySource(Array(0..<$0)), bucketCount: 2, memory: cluster.memory()) }
        let store = localStore(outputs, cluster.shuffle)
        func read(_ layout: ShuffleLayout) throws -> [Int] {
            try store.rows(of: cluster.shuffle, partition: 0, mapCount: 3, layout: layout).rest(Int.self)
        }
        let before = try read(.dealt(partitionCount: 2))
        // As many rows as before: the change cannot be detected.
        _ = store.lose(outputs[0], of: cluster.shuffle, map: 0, Unreadable())
        store.put(again[0], of: cluster.shuffle, map: 0, mapCount: 3)
        #expect(try read(.dealt(partitionCount: 2)) == before)
        let open = try store.rows(of: cluster.shuffle, partition: 0, mapCount: 3, layout: .dealt(partitionCount: 2))
        _ = store.lose(outputs[1], of: cluster.shuffle, map: 1, Unreadable())
        store.put(again[1], of: cluster.shuffle, map: 1, mapCount: 3)
        let changed = ChangedMapOutput(map: 1, counted: 6, found: 4)
        #expect(throws: changed) { try read(.dealt(partitionCount: 2)) }
        #expect(throws: changed) { try open.rest(Int.self) }
        // Rows that are placed one by one are correct wherever they are.
        #expect(try read(.byPartition).count == 3 + 2 + 4)
        #expect(changed.description.contains("partition 1 of what is dealt had 6 rows at first and 4 when it was computed again"))
    }

    @Test func aPublishedOutputWithAnotherCountIsNoticed() throws {
        let cluster = FakeCluster()
        let outputs = try [5, 6].map { try numbers.deal(ArraySource(Array(0..<$0)), bucketCount: 2, memory: cluster.memory()) }
        try cluster.publish(outputs, partitionCount: 2)
        let places = cluster.places.map { place in
            MapOutputAddress(
                map: place.map, holder: place.holder, path: place.path, byteCount: place.byteCount,
                recordCount: place.recordCount, firstRecordCount: place.map == 1 ? 9 : nil)
        }
        cluster.reader.place(places, of: cluster.shuffle, version: 99, mapCount: 2)
        func read(_ layout: ShuffleLayout) throws -> BatchSource {
            try cluster.reader.rows(of: cluster.shuffle, partition: 0, mapCount: 2, layout: layout, row: numbers.row)
        }
        #expect(throws: ChangedMapOutput(map: 1, counted: 9, found: 6)) { try read(.dealt(partitionCount: 2)) }
        #expect(try read(.byPartition).rest(Int.self).count == 6)
        cluster.transfer.waitForStreams()
    }
}

private struct Unreadable: Error {}
