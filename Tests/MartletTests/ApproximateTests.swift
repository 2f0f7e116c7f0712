import Martlet
import TestSupport
import Testing

/// Actions that answer at a deadline, which the tests control.
@Suite struct ApproximateTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    private static let late = Duration.seconds(3600)

    @Test(arguments: [1, 3, 20])
    func finalValuesAreExact(_ partitions: Int) async throws {
        let numbers = context.range(0, 1000, partitions: partitions)
        let count = try await numbers.countApprox(timeout: Self.late)
        #expect(count.isInitialValueFinal && count.initialValue == BoundedDouble(exactly: 1000))
        #expect(try await count.finalValue == BoundedDouble(exactly: 1000))
        let doubles = numbers.map { Double($0) / 8 }
        #expect(try await doubles.sumApprox(timeout: Self.late).initialValue.isExact)
        #expect(try await doubles.sumApprox(timeout: Self.late).initialValue.mean == 999 * 1000 / 16)
        #expect(try await doubles.meanApprox(timeout: Self.late).initialValue == BoundedDouble(exactly: 999.0 / 16))
        let values = try await numbers.map { $0 % 3 }.countByValueApprox(timeout: Self.late)
        #expect(values.initialValue == [0: 334, 1: 333, 2: 333].mapValues { BoundedDouble(exactly: $0) })
        let keys = try await numbers.map { ($0 % 3, "x") }.countByKeyApprox(timeout: Self.late)
        #expect(try await keys.finalValue == values.initialValue)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func nothing() async throws {
        for empty in [context.emptyRDD(of: Double.self), context.parallelize([], partitions: 3)] {
            let timeout = empty.partitionCount == 0 ? Duration.zero : Self.late
            #expect(try await empty.countApprox(timeout: timeout).initialValue == BoundedDouble(exactly: 0))
            #expect(try await empty.countApprox(timeout: timeout).isInitialValueFinal)
            #expect(try await empty.sumApprox(timeout: timeout).initialValue == BoundedDouble(exactly: 0))
            #expect(try await empty.meanApprox(timeout: timeout).initialValue.mean.isNaN)
            #expect(try await empty.countByValueApprox(timeout: timeout).initialValue == [:])
            #expect(try await empty.keyBy { $0 }.countByKeyApprox(timeout: timeout).initialValue == [:])
        }
        #expect(context.statusTracker.activeJobIDs == [])
    }

    @Test(arguments: [-0.1, 1.1, .nan, .infinity])
    func confidences(_ confidence: Double) async throws {
        let rdd = context.range(0, 10, partitions: 2)
        let actions: [(String, () async throws -> Void)] = [
            ("countApprox", { _ = try await rdd.countApprox(timeout: .zero, confidence: confidence, line: 7) }),
            ("sumApprox", { _ = try await rdd.map { Double($0) }.sumApprox(timeout: .zero, confidence: confidence, line: 7) }),
            ("meanApprox", { _ = try await rdd.map { Double($0) }.meanApprox(timeout: .zero, confidence: confidence, line: 7) }),
            ("countByValueApprox", { _ = try await rdd.countByValueApprox(timeout: .zero, confidence: confidence, line: 7) }),
            ("countByKeyApprox", {
                _ = try await rdd.keyBy { $0 }.countByKeyApprox(timeout: .zero, confidence: confidence, line: 7)
            }),
        ]
        for (name, action) in actions {
            let error = await failure { try await action() }
            let text = "\(name) at ApproximateTests.swift:7: a confidence is from 0 to 1, not \(confidence)"
            #expect(error.map { "\($0)" } == text)
        }
        #expect(context.statusTracker.jobIDs(forGroup: nil) == [])
    }

    /// 10 partitions of 100; the gate blocks the partitions from `first` on.
    private func gated(_ gate: Gate, from first: Int) -> RDD<Int> {
        context.range(0, 1000, partitions: 10).mapPartitionsWithIndex { partition, elements in
            if partition >= first { gate.pass() }
            return elements
        }
    }

    private func partial(_ gate: Gate, from first: Int) async throws -> PartialResult<BoundedDouble> {
        let deadline = TestDeadline()
        async let result = gated(gate, from: first).countApprox(
            0.95, CallSite(file: "Tests/Approximate.swift", line: 1), until: deadline.wait)
        #expect(await eventually {
            context.statusTracker.activeStageIDs.first.flatMap { context.statusTracker.stageInfo($0) }?
                .completedTaskCount == first
        })
        deadline.come()
        return try await result
    }

    @Test func whatIsKnownAtTheDeadline() async throws {
        let gate = Gate()
        let result = try await partial(gate, from: 4)
        #expect(!result.isInitialValueFinal)
        let value = result.initialValue
        #expect(value.mean == 1000 && value.confidence == 0.95 && value.low > 900 && value.low < 1000)
        #expect(value.high > 1000 && value.high < 1100)
        #expect(context.statusTracker.activeJobIDs.count == 1, "it goes on while the result is held")
        gate.open()
        #expect(try await result.finalValue == BoundedDouble(exactly: 1000))
        #expect(try await result.finalValue == BoundedDouble(exactly: 1000))
        #expect(result.initialValue == value)
    }

    @Test func nothingKnownAtTheDeadline() async throws {
        let gate = Gate()
        let value = try await partial(gate, from: 0).initialValue
        #expect(value == BoundedDouble(mean: 0, confidence: 0, low: 0, high: .infinity))
        #expect(await eventually { context.driver.isIdle }, "nobody holds the result: the job is cancelled")
    }

    @Test func aDeadlineOfZero() async throws {
        let gate = Gate()
        let result = try await gated(gate, from: 0).countApprox(timeout: .zero)
        #expect(!result.isInitialValueFinal && result.initialValue.high == .infinity)
        let negative = try await gated(gate, from: 0).countApprox(timeout: .seconds(-1))
        #expect(!negative.isInitialValueFinal)
        gate.open()
        #expect(try await result.finalValue.mean == 1000)
        #expect(try await negative.finalValue.mean == 1000)
    }

    @Test func cancelling() async throws {
        let gate = Gate()
        let result = try await partial(gate, from: 2)
        result.cancel()
        #expect(await eventually { context.driver.isIdle })
        let error = await failure { try await result.finalValue }
        #expect(error.map { "\($0)" } == "the job was cancelled: nobody waits for its result")
    }

    @Test func cancellingWhoeverWaits() async throws {
        let gate = Gate()
        let waiting = Task { try await gated(gate, from: 0).countApprox(timeout: Self.late).initialValue }
        #expect(await eventually { gate.arrivals == 2 })
        waiting.cancel()
        #expect(await failure { try await waiting.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await gated(gate, from: 0).countApprox(timeout: Self.late).initialValue
        }
        #expect(await failure { try await late.value } is CancellationError)
        #expect(context.statusTracker.jobIDs(forGroup: nil).count == 1, "a cancelled task starts no job")
        let result = try await partial(gate, from: 1)
        let last = Task { try await result.finalValue }
        last.cancel()
        #expect(await failure { try await last.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func failures() async throws {
        let gate = Gate()
        let rdd = gated(gate, from: 1).map { value in
            if value == 100 { throw Refusal(value: value) }
            return value
        }
        let result = try await rdd.countApprox(timeout: .zero)
        gate.open()
        #expect(await failure { try await result.finalValue } is JobError)
        let error = await failure { try await rdd.countApprox(timeout: Self.late) }
        #expect(error.map { "\($0)" }?.contains("100 is refused") == true)
        let broken = context.range(0, 3, partitions: 0)
        #expect(await failure { try await broken.countApprox(timeout: .zero) } is ArgumentError)
        context.stop()
        #expect(await failure { try await rdd.countApprox(timeout: .zero) } is JobError)
    }
}
