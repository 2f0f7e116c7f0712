import Glibc
@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import MartletThreads
import TestSupport
import Testing

/// Executors that do not answer, damaged files, and damaging networks.
@Suite struct FetchFaultTests {
    private typealias Row = (Int, Int)
    private let scatter = ScatterProgram.byKey(Int.self, Int.self)
    private let sort = SortProgram.make(ascending: true) { (row: (Int, Int)) in row.0 }
    private let row = ElementType(Row.self)

    /// Three outputs, all on other hosts.
    private func fill(_ cluster: FakeCluster, sorted: Bool = false, hosts: Bool = false) throws {
        let outputs = try (0..<3).map { map in
            let rows = ArraySource((0..<4000).map { ($0 &* 7919 % 5000, map * 10_000 + $0) })
            return sorted
                ? try sort.writeMapOutput(rows, memory: cluster.memory())
                : try scatter.writeMapOutput(
                    rows, partitioning: KeyPartitioning<Int>(partitionCount: 2), partitionCount: 2, memory: cluster.memory())
        }
        try cluster.publish(outputs, partitionCount: 2, hosts: hosts)
    }

    private func read(_ cluster: FakeCluster, sorted: Bool = false) throws -> [Row] {
        try (0..<2).flatMap { partition in
            sorted
                ? try cluster.reader.sortedRows(
                    of: cluster.shuffle, partition: partition, partitionCount: 2, mapCount: 3, program: sort, batchBytes: 4096,
                    memory: cluster.memory()
                ).rest(Row.self)
                : try cluster.reader.rows(of: cluster.shuffle, partition: partition, mapCount: 3, row: row).rest(Row.self)
        }
    }

    /// Network failures are retried, and the retry succeeds.
    @Test(
        arguments: [FakeTransfer.Fault.Kind.unreachable, .flipped, .cutShort, .tooLong, .empty, .noDescriptor],
        [(false, 0), (false, 3), (true, 0), (true, 3)])
    func aNetworkThatRecovers(_ kind: FakeTransfer.Fault.Kind, _ how: (sorted: Bool, threads: Int)) throws {
        for index in [false, true] where !index || kind != .tooLong {
            let cluster = FakeCluster(threads: how.threads, chunkBytes: 4000)
            try fill(cluster, sorted: how.sorted)
            let other = FakeCluster()
            try fill(other, sorted: how.sorted)
            let expected = try read(other, sorted: how.sorted)
            cluster.transfer.fail(kind, times: 3, index: index)
            #expect(try read(cluster, sorted: how.sorted).elementsEqual(expected) { $0 == $1 })
            let calls = cluster.transfer.recorded
            #expect(!calls.pauses.isEmpty && calls.pauses.allSatisfy { [500, 1000, 2000].contains($0) })
            #expect(kind == .flipped ? calls.verifies > 0 : true)
        }
    }

    /// After the last retry the outputs are missing; the error names the network.
    @Test(arguments: [FakeTransfer.Fault.Kind.unreachable, .flipped, .cutShort], [(false, false), (false, true), (true, false), (true, true)])
    func aNetworkThatDoesNotRecover(_ kind: FakeTransfer.Fault.Kind, _ how: (sorted: Bool, index: Bool)) throws {
        let (sorted, index) = how
        let cluster = FakeCluster()
        try fill(cluster, sorted: sorted)
        cluster.transfer.fail(kind, "_1_1_", times: .max, index: index)
        let missing = try #require(throws: MissingMapOutput.self) { try read(cluster, sorted: sorted) }
        #expect(missing.maps == [1] && missing.version == 1 && missing.shuffle == cluster.shuffle)
        #expect(missing.cause?.fault == .network && missing.cause?.map == 1 && missing.cause?.executor == ExecutorID(1))
        #expect(missing.cause?.path == cluster.path(1), "\(missing)")
        #expect(cluster.transfer.recorded.pauses == [500, 1000, 2000])
        // The next reader does not retry.
        #expect(throws: missing) { try read(cluster, sorted: sorted) }
        #expect(cluster.transfer.recorded.pauses.count == 3)
    }

    /// Too many open files, here or at the holder, are no loss: the reader's task fails, and the next one reads everything.
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func tooManyOpenFiles(_ how: (sorted: Bool, index: Bool)) throws {
        let (sorted, index) = how
        let cluster = FakeCluster()
        try fill(cluster, sorted: sorted)
        let tries = 4
        cluster.transfer.fail(.noDescriptor, "_1_1_", times: tries, index: index)
        let failure = try #require(throws: FetchFailure.self) { try read(cluster, sorted: sorted) }
        #expect(failure.cause == .openFiles && failure.executor == ExecutorID(1))
        #expect(failure.isLackOfDescriptors && !failure.isDamage)
        #expect(cluster.transfer.recorded.pauses == [500, 1000, 2000])
        #expect(try read(cluster, sorted: sorted).count == 12_000, "nothing was lost")
    }

    /// If an executor is lost, all its outputs are lost, and the reader does not wait for it again and again.
    @Test(arguments: [false, true])
    func anExecutorThatDoesNotAnswer(_ index: Bool) throws {
        let cluster = FakeCluster(threads: 0)
        let outputs = try (0..<6).map { map in
            try scatter.writeMapOutput(
                ArraySource((0..<100).map { ($0, map) }), partitioning: KeyPartitioning<Int>(partitionCount: 1),
                partitionCount: 1, memory: cluster.memory())
        }
        try cluster.publish(outputs, partitionCount: 1, hosts: false)
        for map in [1, 4] { cluster.transfer.fail(.unreachable, "_1_\(map)_", times: .max, index: index) }
        let missing = try #require(throws: MissingMapOutput.self) {
            try cluster.reader.rows(of: cluster.shuffle, partition: 0, mapCount: 6, row: row).rest(Row.self)
        }
        #expect(missing.maps == [1, 4])
        #expect(cluster.transfer.recorded.pauses == [500, 1000, 2000])
    }

    /// Data damaged on the holder's disk is not fetched again.
    @Test(arguments: ["flipped", "index", "cut", "gone"], [(false, false), (false, true), (true, false), (true, true)])
    func aDiskThatForgets(_ damage: String, _ how: (sorted: Bool, hosts: Bool)) throws {
        let (sorted, hosts) = how
        let cluster = FakeCluster()
        try fill(cluster, sorted: sorted, hosts: hosts)
        let expected = try read(cluster, sorted: sorted)
        let (map, path) = (2, cluster.path(2))
        let fresh = ShuffleStore(remote: cluster.access)
        switch damage {
        case "flipped": #expect(flip(path, at: 200))
        case "index": #expect(flip(path, at: cluster.places.first { $0.map == 2 }.map { $0.byteCount - 60 } ?? 0))
        case "cut": #expect(truncate(path, 5000) == 0)
        default: #expect(unlink(path) == 0)
        }
        cluster.tell(fresh)
        func readFresh() throws -> [Row] {
            try (0..<2).flatMap { partition in
                sorted
                    ? try fresh.sortedRows(
                        of: cluster.shuffle, partition: partition, partitionCount: 2, mapCount: 3, program: sort,
                        batchBytes: 4096, memory: cluster.memory()
                    ).rest(Row.self)
                    : try fresh.rows(of: cluster.shuffle, partition: partition, mapCount: 3, row: row).rest(Row.self)
            }
        }
        let missing = try #require(throws: MissingMapOutput.self) { try readFresh() }
        #expect(missing.maps == [map])
        #expect(missing.cause?.fault == .disk && missing.cause?.map == map && missing.cause?.path == path, "\(missing)")
        #expect((missing.cause?.executor == nil) == hosts, "only the driver knows who has written a file of this host")
        #expect(cluster.transfer.recorded.pauses == [])
        // It is recomputed on another executor.
        let rows = ArraySource((0..<4000).map { ($0 &* 7919 % 5000, map * 10_000 + $0) })
        let memory = cluster.memory(spillEvery: 999)
        let again = sorted
            ? try sort.writeMapOutput(rows, memory: memory)
            : try scatter.writeMapOutput(
                rows, partitioning: KeyPartitioning<Int>(partitionCount: 2), partitionCount: 2, memory: memory)
        try cluster.publish(again, map, of: 3, partitionCount: 2)
        cluster.tell(fresh)
        #expect(try readFresh().elementsEqual(expected) { $0 == $1 })
    }

    /// Each byte of a file, and each shorter file: correct rows, or none.
    @Test(arguments: [false, true])
    func everyByte(_ sorted: Bool) throws {
        let cluster = FakeCluster()
        let rows = (0..<40).map { ($0 &* 7919 % 50, $0) }
        let output = sorted
            ? try sort.writeMapOutput(ArraySource(rows), memory: cluster.memory())
            : try scatter.writeMapOutput(
                ArraySource(rows), partitioning: KeyPartitioning<Int>(partitionCount: 3), partitionCount: 3,
                memory: cluster.memory())
        try cluster.publish(output, 0, of: 1, partitionCount: 3, isHost: true)
        func read() throws -> [Row] {
            let store = ShuffleStore()
            cluster.tell(store)
            return try (0..<3).flatMap { partition in
                sorted
                    ? try store.sortedRows(
                        of: cluster.shuffle, partition: partition, partitionCount: 3, mapCount: 1, program: sort,
                        batchBytes: 4096, memory: cluster.memory()
                    ).rest(Row.self)
                    : try store.rows(of: cluster.shuffle, partition: partition, mapCount: 1, row: row).rest(Row.self)
            }
        }
        let expected = try read()
        let path = cluster.path(0)
        let count = cluster.places[0].byteCount
        for offset in 0..<count {
            #expect(flip(path, at: offset))
            do {
                // The chain of a file that is read in parts is the only unchecked field.
                #expect(try read().elementsEqual(expected) { $0 == $1 }, "byte \(offset) of \(count)")
            } catch is MissingMapOutput {}
            #expect(flip(path, at: offset))
        }
        #expect(try read().elementsEqual(expected) { $0 == $1 })
        for length in stride(from: count - 1, through: 0, by: -1) {
            #expect(truncate(path, length) == 0)
            #expect(throws: MissingMapOutput.self) { try read() }
        }
    }

    /// An index that is wrong in all ways that its checksums allow is refused.
    @Test func anIndexOfAnotherShuffle() throws {
        let cluster = FakeCluster()
        try fill(cluster)
        #expect(throws: MissingMapOutput.self) { try read(cluster, sorted: true) }
        let other = FakeCluster()
        try fill(other, sorted: true)
        let missing = try #require(throws: MissingMapOutput.self) { try read(other) }
        #expect(missing.maps == [0, 1, 2])
        // Fewer partitions than the reader expects.
        let third = FakeCluster()
        try fill(third)
        #expect(throws: MissingMapOutput.self) {
            try third.reader.rows(of: third.shuffle, partition: 2, mapCount: 3, row: row)
        }
    }

    @Test func aCancelledTaskDoesNotWait() throws {
        let cluster = FakeCluster()
        try fill(cluster)
        cluster.transfer.fail(.unreachable, times: .max)
        let cancellation = CancellationFlag()
        let source = try cluster.reader.rows(
            of: cluster.shuffle, partition: 0, mapCount: 3, row: row, cancellation: cancellation)
        cancellation.cancel()
        #expect(throws: CancellationError.self) { try source.next() }
        #expect(cluster.transfer.recorded.pauses == [])
    }

    @Test func retriesAreBounded() {
        let policy = RetryPolicy(retries: 5, firstWait: 100, longestWait: 1000)
        #expect((1...7).map { policy.wait(after: $0) } == [100, 200, 400, 800, 1000, nil, nil])
        #expect(RetryPolicy(retries: 0).wait(after: 1) == nil)
        #expect(RetryPolicy(retries: .max).wait(after: 1 << 40) == 5000)
    }

    /// The disk fails while an output is published: there is no file, and the output still exists.
    @Test func aDiskThatCannotBeWritten() throws {
        let cluster = FakeCluster()
        let output = try scatter.writeMapOutput(
            ArraySource((0..<1000).map { ($0, $0) }), partitioning: KeyPartitioning<Int>(partitionCount: 2),
            partitionCount: 2, memory: cluster.memory())
        let broken = TaskMemory(
            MemoryStore(MemoryLedger(capacity: 1 << 30, storageFraction: 0.5)), task: TaskID(0), slots: 1,
            scratch: ScratchSpace(places: ["/proc/no/such/place"]), cancellation: CancellationFlag())
        #expect(throws: (any Error).self) {
            try cluster.writers[0].publish(
                output, of: cluster.shuffle, map: 0, mapCount: 1, partitionCount: 2, memory: broken)
        }
        #expect(cluster.writers[0].outputBytes.disk == 0)
        try cluster.publish([output], partitionCount: 2)
        #expect(try read2(cluster).count == 1000)
    }

    private func read2(_ cluster: FakeCluster) throws -> [Row] {
        try (0..<2).flatMap { partition in
            try cluster.reader.rows(of: cluster.shuffle, partition: partition, mapCount: 1, row: row).rest(Row.self)
        }
    }
}
