import Martlet
import Synchronization
import TestSupport
import Testing

/// Accumulators that are not plain sums, and limits of custom ones.
@Suite struct AccumulatorTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2,3]") }

    @Test func collections() async throws {
        let seen = context.collectionAccumulator(of: Int.self, name: "seen")
        #expect(seen.name == "seen" && seen.value == [])
        try await context.range(0, 1000, partitions: 7).foreach { value in
            seen.add(value)
            if value == 500, TaskContext.current?.attemptNumber == 0 { throw Refusal(value: value) }
        }
        #expect(seen.value.sorted() == Array(0..<1000), "each once, though one task ran twice")
        seen.add(-1)
        #expect(seen.value.last == -1)
        seen.reset()
        #expect(seen.value == [])
    }

    struct Histogram: AccumulatorState, Equatable {
        var bins: [Int]
        mutating func add(_ value: Int) { bins[value % bins.count] += 1 }
        mutating func merge(_ other: Histogram) { for index in bins.indices { bins[index] += other.bins[index] } }
        var value: [Int] { bins }
    }

    @Test func statesWithSettings() async throws {
        let histogram = context.accumulator(Histogram(bins: [0, 0, 0]), name: "thirds")
        #expect(histogram.isZero)
        try await context.range(0, 10, partitions: 4).foreach { histogram.add($0) }
        #expect(histogram.value == [4, 3, 3] && !histogram.isZero)
        #expect(histogram.state == Histogram(bins: [4, 3, 3]))
        histogram.reset()
        #expect(histogram.isZero && histogram.value == [0, 0, 0])
    }

    @Test func numbersKnowTheirCountAndMean() async throws {
        let sum = context.doubleAccumulator()
        #expect(sum.isZero && sum.average.isNaN)
        try await context.parallelize([1.5, 2.5], partitions: 3).foreach { sum.add($0) }
        #expect(sum.sum == 4 && sum.count == 2 && sum.average == 2)
        let wrapping = context.longAccumulator()
        wrapping.add(.max)
        wrapping.add(1)
        #expect(wrapping.value == .min)
    }

    /// Two actions of one accumulator in each partition's task, and in shuffles.
    @Test func everyStageCounts() async throws {
        let (maps, reduces) = (context.longAccumulator(), context.longAccumulator())
        let rdd = context.range(0, 100, partitions: 5).map { value -> (Int, Int) in
            maps.add(1)
            return (value % 7, 1)
        }.reduceByKey(partitions: 3) { $0 + $1 }.map { pair -> (Int, Int) in
            reduces.add(1)
            return pair
        }
        #expect(try await rdd.count() == 7)
        #expect(maps.value == 100 && reduces.value == 7)
        #expect(try await rdd.count() == 7)
        #expect(maps.value == 100 && reduces.value == 14, "the map stage was skipped")
    }

    /// Partitions that a failed attempt computed are recomputed, and counted then, even if they had been stored.
    @Test(arguments: [StorageLevel.memoryOnly, .memoryOnlySer, .diskOnly, .memoryAndDisk2])
    func partitionsOfFailedAttemptsCountOnce(level: StorageLevel) async throws {
        let computed = context.longAccumulator()
        let kept = context.range(0, 400, partitions: 4).map { value in
            computed.add(1)
            return value
        }.persist(level)
        // After the whole partition was stored.
        let sums = kept.mapPartitions { values in
            let sum = values.reduce(0, +)
            if TaskContext.current?.attemptNumber ?? 0 < 2, sum > 10_000 { throw Refusal(value: sum) }
            return [sum]
        }
        #expect(try await sums.sum() == 79_800)
        #expect(computed.value == 400)
        #expect(try await kept.count() == 400)
        #expect(computed.value == 400, "and is stored now")
    }

    @Test func partitionsOfAJobThatFailedCountForTheNext() async throws {
        let computed = context.longAccumulator()
        let kept = context.range(0, 100, partitions: 2).map { value in
            computed.add(1)
            return value
        }.cache()
        let refused = kept.mapPartitions { values -> [Int] in throw Refusal(value: values.reduce(0, +)) }
        let error = await failure { try await refused.sum() }
        #expect(error is JobError && computed.value == 0)
        #expect(try await kept.count() == 100)
        #expect(computed.value == 100)
    }

    struct Nested: AccumulatorState {
        let inner: LongAccumulator
        var count = 0
        mutating func add(_ value: Int) {
            inner.add(value)
            count += 1
        }
        mutating func merge(_ other: Nested) { count += other.count }
    }

    @Test(.localOnly) func aStateMayUseOtherAccumulators() async throws {
        let inner = context.longAccumulator()
        let outer = context.accumulator(Nested(inner: inner))
        try await context.range(0, 10, partitions: 3).foreach { outer.add($0) }
        #expect(outer.value.count == 10 && inner.value == 45)
    }

    struct Slow: AccumulatorState {
        let gate: Gate
        var count = 0
        mutating func add(_: Int) { count += 1 }
        mutating func merge(_ other: Slow) {
            gate.pass()
            count += other.count
        }
    }

    /// A slow merge delays its own slot, and no job.
    @Test(.localOnly) func mergingDoesNotHoldUpTheScheduler() async throws {
        let gate = Gate()
        let slow = context.accumulator(Slow(gate: gate))
        try await context.range(0, 10, partitions: 2).foreach { slow.add($0) }
        #expect(await eventually { gate.arrivals == 1 })
        #expect(try await context.range(0, 100, partitions: 10).count() == 100)
        gate.open()
        #expect(slow.value.count == 10)
    }

    /// Its first merge waits at a gate, all others continue.
    struct SlowOnce: AccumulatorState {
        let gate: Gate
        let calls: CallCounter
        var count = 0
        mutating func add(_: Int) { count += 1 }
        mutating func merge(_ other: SlowOnce) {
            if calls.add() == 0 { gate.pass() }
            count += other.count
        }
    }

    /// A reader takes no lock that a merge holds, and finds every update once.
    @Test(.localOnly) func aReaderWaitsForNoMerge() async throws {
        let gate = Gate()
        let slow = context.accumulator(SlowOnce(gate: gate, calls: CallCounter()))
        try await context.range(0, 10, partitions: 2).foreach { slow.add($0) }
        #expect(await eventually { gate.arrivals == 1 })
        #expect(slow.value.count == 10)
        slow.add(1)
        #expect(slow.value.count == 11)
        gate.open()
        #expect(await eventually { context.driver.isIdle })
        try await context.range(0, 10, partitions: 2).foreach { slow.add($0) }
        #expect(slow.value.count == 21)
    }

    /// Functions that use their own accumulator: there is no deadlock.
    struct Curious: AccumulatorState {
        let other: LongAccumulator
        var count = 0
        mutating func add(_: Int) { count += 1 }
        mutating func merge(_ other: Curious) {
            self.other.add(1)
            _ = self.other.value
            count += other.count
        }
    }

    @Test(.localOnly) func mergesMayReadAccumulators() async throws {
        let merges = context.longAccumulator()
        let curious = context.accumulator(Curious(other: merges))
        for _ in 0..<20 { try await context.range(0, 10, partitions: 5).foreach { curious.add($0) } }
        #expect(curious.value.count == 200)
        #expect(merges.value >= 99, "100 states cannot become one in fewer merges")
    }

    /// A state that holds RDDs: releasing them takes the driver's lock, which must be free.
    struct Holder: AccumulatorState {
        var rdds: [RDD<(Int, Int)>] = []
        mutating func add(_ rdd: RDD<(Int, Int)>) { rdds = [rdd] }
        mutating func merge(_ other: Holder) { rdds = other.rdds }
    }

    /// A function that captured the context would be refused.
    private static let reached = Mutex<MartletContext?>(nil)

    @Test(.localOnly) func statesMayHoldRDDs() async throws {
        let holder = context.accumulator(Holder())
        Self.reached.withLock { $0 = context }
        defer { Self.reached.withLock { $0 = nil } }
        for _ in 0..<20 {
            try await context.range(0, 8, partitions: 8).foreach { value in
                guard let context = Self.reached.withLock({ $0 }) else { return }
                holder.add(context.range(0, value + 1).map { ($0, 1) }.reduceByKey(+).cache())
            }
        }
        #expect(holder.value.rdds.count == 1)
        holder.reset()
        #expect(await eventually { context.persistentRDDs.isEmpty })
    }

    @Test func manyJobsAtOnce() async throws {
        let sum = context.longAccumulator()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { try await context.range(0, 100, partitions: 10).foreach { sum.add($0) } }
            }
            try await group.waitForAll()
        }
        #expect(sum.value == 20 * 4950 && sum.count == 2000)
    }
}
