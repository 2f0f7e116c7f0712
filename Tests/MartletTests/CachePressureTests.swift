import Martlet
import Synchronization
import TestSupport
import Testing

/// Cached data that does not fit: results stay correct, memory stays bounded.
@Suite(.localOnly) struct CachePressureTests {
    @Test(.localOnly) func moreThanFits() async throws {
        let context = try makeContext("local[2]", "martlet.executor.memory=256k")
        defer { context.stop() }
        let calls = CallCounter()
        let numbers = context.range(0, 100_000, partitions: 10).map { number in
            calls.add()
            return number
        }.cache()
        #expect(try await numbers.sum() == 4_999_950_000)
        #expect(context.heldBytes <= 256 << 10)
        let kept = numbers.cachedPartitionCount
        #expect(kept > 0 && kept < 10)
        let before = calls.count
        #expect(try await numbers.sum() == 4_999_950_000)
        #expect(calls.count - before == (10 - kept) * 10_000)
        #expect(try await numbers.collect() == Array(0..<100_000))
    }

    @Test(.localOnly) func onePartitionThatIsLargerThanEverything() async throws {
        let context = try makeContext("local[2]", "martlet.executor.memory=64k")
        defer { context.stop() }
        let counter = LiveCounter()
        let elements = context.range(0, 100_000, partitions: 1).map { Tracked($0, counter) }.cache()
        #expect(try await elements.count() == 100_000)
        #expect(try await elements.map(\.value).sum() == 4_999_950_000)
        #expect(elements.cachedPartitionCount == 0 && context.heldBytes == 0)
        // The part that was read before memory ran out, and batches: not the partition.
        #expect(counter.peak < 40_000)
        #expect(await eventually { counter.live == 0 })
    }

    @Test func anotherRDDTakesTheRoom() async throws {
        let context = try makeContext("local[2]", "martlet.executor.memory=512k")
        defer { context.stop() }
        let old = context.range(0, 20_000, partitions: 4).cache()
        #expect(try await old.count() == 20_000)
        #expect(old.cachedPartitionCount == 4)
        let new = context.range(0, 20_000, partitions: 4).map { -$0 }.cache()
        #expect(try await new.count() == 20_000)
        #expect(new.cachedPartitionCount == 4 && old.cachedPartitionCount < 4)
        #expect(try await old.sum() == -new.sum())
        old.unpersist()
        new.unpersist()
        #expect(context.heldBytes == 0)
    }

    /// Cached partitions after a shuffle are lost together with the shuffle's output: both are recomputed.
    @Test func aCachedShuffleIsMadeAgain() async throws {
        let context = try makeContext("local[2]", "martlet.executor.memory=64k")
        defer { context.stop() }
        let sums = context.range(0, 20_000, partitions: 4).map { ($0 % 2000, $0) }.reduceByKey(partitions: 4) { $0 + $1 }
            .cache()
        for _ in 0..<3 {
            #expect(try await sums.values().sum() == 199_990_000)
            let pressure = context.range(0, 20_000, partitions: 4).map { ($0, $0) }.groupByKey(partitions: 3)
            #expect(try await pressure.count() == 20_000)
        }
    }

    @Test func listenersHearOfWhatGoes() async throws {
        let context = try makeContext("local[1]", "martlet.executor.memory=128k")
        let listener = BlockListener()
        context.addListener(listener)
        let first = context.range(0, 10_000, partitions: 2).cache()
        _ = try await first.count()
        _ = try await context.range(0, 10_000, partitions: 2).map { $0 + 1 }.cache().count()
        context.stop()
        let gone = listener.updates.withLock { $0.filter { $0.bytes == 0 } }
        #expect(!gone.isEmpty && gone.allSatisfy { $0.rdd == first.id })
    }
}

private final class BlockListener: MartletListener {
    let updates = Mutex<[(rdd: RDDID, bytes: Int)]>([])

    func onBlockUpdated(rdd: RDDID, partition _: Int, memoryBytes byteCount: Int, diskBytes _: Int) {
        updates.withLock { $0.append((rdd, byteCount)) }
    }
}
