import Glibc
@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import TestSupport
import Testing

/// Rows published by several executors are the same rows, in the same order, as those that one process has in memory.
@Suite struct PublishedRowsTests {
    private typealias Row = (Int, String)
    private let scatter = ScatterProgram.byKey(Int.self, String.self)
    private let row = ElementType(Row.self)

    private func outputs(
        _ maps: Int, rows: Int, partitions: Int, _ memory: TaskMemory, _ number: (Int, Int) -> Int = { $0 &* 7919 &+ $1 }
    ) throws -> [MapOutput] {
        try (0..<maps).map { map in
            try scatter.writeMapOutput(
                ArraySource((0..<rows).map { (number(map, $0), "map \(map) row \($0)") }),
                partitioning: KeyPartitioning<Int>(partitionCount: partitions), partitionCount: partitions, memory: memory)
        }
    }

    private func expectEqual(
        _ cluster: FakeCluster, _ local: ShuffleStore, maps: Int, partitions: Int, _ sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for partition in 0..<partitions {
            let expected = try local.rows(of: cluster.shuffle, partition: partition, mapCount: maps)
            let found = try cluster.reader.rows(of: cluster.shuffle, partition: partition, mapCount: maps, row: row)
            #expect(found.expectedKeyCount == expected.expectedKeyCount, sourceLocation: sourceLocation)
            let (left, right) = (try found.rest(Row.self), try expected.rest(Row.self))
            #expect(left.elementsEqual(right) { $0 == $1 }, sourceLocation: sourceLocation)
        }
        cluster.transfer.waitForStreams()
    }

    @Test(
        arguments: [(1, 0), (1, 1), (3, 1), (3, 500), (7, 500), (1000, 300), (3, 40_000)],
        [nil, 1, 60, 7000] as [Int?])
    func likeInOneProcess(_ shape: (partitions: Int, rows: Int), _ spillEvery: Int?) throws {
        if let spillEvery, shape.rows / spillEvery > 500 || shape.partitions > 100 && spillEvery < 60 { return }
        let cluster = FakeCluster()
        let outputs = try outputs(5, rows: shape.rows, partitions: shape.partitions, cluster.memory(spillEvery: spillEvery))
        try cluster.publish(outputs, partitionCount: shape.partitions)
        try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 5, partitions: shape.partitions)
        // Each index on another host was read once, however many partitions there are.
        #expect(cluster.transfer.recorded.indexes.values.allSatisfy { $0 == 1 })
    }

    /// Readers do all work themselves, or none, with little room and small pieces.
    @Test(arguments: [0, 1, 8], [1, 100, 5000, 1 << 20])
    func anyRoom(_ threads: Int, _ limit: Int) throws {
        for chunkBytes in [1, 64, 1 << 20] where limit > 1 || chunkBytes > 1 {
            let cluster = FakeCluster(threads: threads, chunkBytes: chunkBytes, limit: limit)
            let outputs = try outputs(4, rows: limit == 1 ? 20 : 300, partitions: 2, cluster.memory())
            try cluster.publish(outputs, partitionCount: 2)
            try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 4, partitions: 2)
        }
    }

    @Test func aPublishedFileIsOneAndGoesWithItsShuffle() throws {
        let cluster = FakeCluster()
        let outputs = try outputs(1, rows: 5000, partitions: 4, cluster.memory(spillEvery: 300))
        try cluster.publish(outputs, partitionCount: 4)
        let path = cluster.path(0)
        #expect(cluster.writers[0].publishedFile(path)?.byteCount == cluster.places[0].byteCount)
        #expect(cluster.writers[0].outputBytes.disk == cluster.places[0].byteCount)
        #expect(cluster.writers[0].publishedFile("/etc/passwd") == nil)
        #expect(access(path, F_OK) == 0)
        cluster.writers[0].remove(cluster.shuffle)
        #expect(access(path, F_OK) != 0)
        #expect(cluster.writers[0].publishedFile(path) == nil)
    }

    @Test func outputsWithoutRowsHaveNoFile() throws {
        let cluster = FakeCluster()
        let outputs = try outputs(3, rows: 0, partitions: 4, cluster.memory())
        try cluster.publish(outputs, partitionCount: 4)
        #expect(cluster.places.allSatisfy { $0.path.isEmpty && $0.byteCount == 0 })
        try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 3, partitions: 4)
        #expect(cluster.transfer.recorded.opens + cluster.transfer.recorded.indexes.count == 0)
    }

    /// Outputs of this process are read here, the rest elsewhere.
    @Test func ownOutputsAreReadFromMemory() throws {
        let cluster = FakeCluster()
        let outputs = try outputs(4, rows: 900, partitions: 3, cluster.memory())
        try cluster.publish(outputs, partitionCount: 3, hosts: false)
        for map in [0, 3] { cluster.reader.put(outputs[map], of: cluster.shuffle, map: map, mapCount: 4) }
        try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 4, partitions: 3)
        #expect(cluster.transfer.recorded.indexes.count == 2)
    }

    @Test func tablesGiveTheirKeysInTheSameOrder() throws {
        let program = CombineProgram.make(Int.self) { (value: Int) in [value] } mergeValue: { $0.append($1) }
            mergeCombined: { $0 += $1 }
        for spillEvery in [nil, 500] as [Int?] {
            let cluster = FakeCluster()
            let memory = cluster.memory(spillEvery: spillEvery)
            let outputs = try (0..<3).map { map in
                try program.writeMapOutput(
                    ArraySource((0..<(map + 1) * 2000).map { ($0 % 700, map * 100_000 + $0) }),
                    partitioning: KeyPartitioning<Int>(partitionCount: 2), partitionCount: 2, limitBytes: 64 << 10,
                    sizes: TableSizes(), memory: memory)
            }
            try cluster.publish(outputs, partitionCount: 2)
            let local = localStore(outputs, cluster.shuffle)
            for partition in 0..<2 {
                func merged(_ store: ShuffleStore) throws -> [(Int, [Int])] {
                    try program.mergeRows(
                        store.rows(of: cluster.shuffle, partition: partition, mapCount: 3, row: program.output),
                        operation: "lists", batchBytes: 4096, memory: memory
                    ).rest((Int, [Int]).self)
                }
                #expect(try merged(cluster.reader).elementsEqual(merged(local)) { $0 == $1 })
            }
        }
    }

    /// A table's expected size is the size of the largest output, wherever it is.
    @Test func expectedKeysOfUnevenOutputs() throws {
        let cluster = FakeCluster()
        let outputs = try [10, 4000, 300].map { count in
            try self.outputs(1, rows: count, partitions: 2, cluster.memory())[0]
        }
        try cluster.publish(outputs, partitionCount: 2)
        try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 3, partitions: 2)
    }

    @Test func placesComeLateOrTwice() throws {
        let cluster = FakeCluster()
        let outputs = try outputs(3, rows: 100, partitions: 2, cluster.memory())
        try cluster.publish(outputs, partitionCount: 2)
        #expect(cluster.reader.addressesVersion(of: cluster.shuffle) == 1)
        // An older version changes nothing.
        cluster.reader.place([], of: cluster.shuffle, version: 1, mapCount: 3)
        cluster.reader.place([], of: cluster.shuffle, version: 0, mapCount: 3)
        try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 3, partitions: 2)
        cluster.tell(without: [1])
        #expect(throws: MissingMapOutput(shuffle: cluster.shuffle, maps: [1], version: 2)) {
            try cluster.reader.rows(of: cluster.shuffle, partition: 0, mapCount: 3, row: row)
        }
        cluster.tell()
        try expectEqual(cluster, localStore(outputs, cluster.shuffle), maps: 3, partitions: 2)
        // Unchanged outputs keep their index; outputs that were missing are read again.
        #expect(cluster.transfer.recorded.indexes[cluster.path(0)] == 1)
        cluster.reader.remove(cluster.shuffle)
        #expect(cluster.reader.shuffleCount == 0)
    }

    @Test func aReaderThatStopsEarlyLeavesNothingOpen() throws {
        let cluster = FakeCluster(threads: 4, chunkBytes: 100)
        let outputs = try outputs(6, rows: 3000, partitions: 1, cluster.memory())
        try cluster.publish(outputs, partitionCount: 1, hosts: false)
        for batches in 0..<3 {
            let source = try cluster.reader.rows(of: cluster.shuffle, partition: 0, mapCount: 6, row: row)
            for _ in 0..<batches { row.discard(try source.next()) }
        }
        cluster.transfer.waitForStreams()
    }
}
