import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

/// `parallelMap` and `submit`: work on a list of inputs instead of a data set.
@Suite struct FutureTests {
    @Test(arguments: ["local[1]", "local[4]"].share(2), [0, 1, 2, 10, 1023, 1024, 1025, 100_000])
    func resultsAreInInputOrder(_ master: String, _ count: Int) async throws {
        let context = try makeContext(master)
        defer { context.stop() }
        let inputs = (0..<count).map { "\($0)" }
        #expect(try await context.parallelMap(inputs) { $0 + "!" } == inputs.map { $0 + "!" })
        #expect(try await context.parallelMap(0..<count) { $0 * 2 } == (0..<count).map { $0 * 2 })
        #expect(await eventually { context.driver.isIdle })
    }

    /// Each of a few inputs is a task of its own, so that they spread over the slots.
    @Test func fewInputsRunAtTheSameTime() async throws {
        let context = try makeContext("local[2]")
        defer { context.stop() }
        let running = CallCounter()
        let seen = try await context.parallelMap(0..<2) { _ in
            running.add()
            while running.count < 2 { sched_yield() }
            return running.count
        }
        #expect(seen == [2, 2])
    }

    @Test(.localOnly) func withOneSlotInputsRunInOrder() async throws {
        let context = try makeContext("local[1]")
        defer { context.stop() }
        let order = Mutex<[Int]>([])
        _ = try await context.parallelMap(0..<3000) { input in order.withLock { $0.append(input) } }
        #expect(order.withLock { $0 } == Array(0..<3000))
    }

    @Test(arguments: [10, 5000])
    func errorsNameTheInput(_ count: Int) async throws {
        let context = try makeContext()
        defer { context.stop() }
        let error = await failure {
            try await context.parallelMap((0..<count).map { "number \($0)" }, { input in
                if input == "number 7" { throw Refusal(value: 7) }
            }, line: 4711)
        }
        guard case JobError.taskFailed(let report)? = error else {
            Issue.record("unexpected: \(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(report.operation == "parallelMap")
        #expect(report.callSite?.line == 4711)
        #expect("\(report.underlying)" == "input 7 (number 7): 7 is refused")
        #expect((report.underlying as? InputFailure)?.underlying is Refusal)
    }

    @Test func longInputsAreShortenedInErrors() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let long = String(repeating: "x", count: 1000)
        let error = await failure { try await context.parallelMap([long]) { _ in throw Refusal(value: 1) } }
        let text = try #require(error.map { "\($0)" })
        #expect(text.hasSuffix("input 0 (\(String(repeating: "x", count: 80))...): 1 is refused"), "\(text)")
    }

    @Test func cancellingStopsBetweenInputs() async throws {
        let context = try makeContext("local[1]")
        defer { context.stop() }
        let started = CallCounter()
        let task = Task {
            // Each task has 2000 inputs, which all wait for the cancellation.
            try await context.parallelMap(0..<1024 * 2000) { input in ConcurrencyTests.spin(started.add()) }
        }
        #expect(await eventually { started.count > 0 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
        #expect(started.count <= context.defaultParallelism, "one input in each slot")
    }

    @Test func seededNumbersDependOnTheInputAlone() async throws {
        let inputs = Array(0..<3000)
        var results: [[UInt64]] = []
        for master in ["local[1]", "local[4]"] {
            let context = try makeContext(master)
            defer { context.stop() }
            results.append(try await context.parallelMap(inputs, seed: 7) { _, generator in generator.next() })
            let prefix = try await context.parallelMap(inputs.prefix(5), seed: 7) { _, generator in generator.next() }
            #expect(prefix == Array(results[0].prefix(5)))
            let other = try await context.parallelMap(inputs, seed: 8) { _, generator in generator.next() }
            #expect(Set(other).isDisjoint(with: results[0]))
        }
        #expect(results[0] == results[1])
        #expect(Set(results[0]).count == 3000)
    }

    @Test(.localOnly) func elementsGoOnce() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let counter = LiveCounter()
        do {
            let inputs = (0..<5000).map { Tracked($0, counter) }
            let outputs = try await context.parallelMap(inputs) { Tracked($0.value * 2, counter) }
            #expect(outputs.map(\.value) == inputs.map { $0.value * 2 })
            _ = await failure { try await context.parallelMap(inputs) { try refuse($0, 3210) } }
        }
        #expect(await eventually { counter.live == 0 })
    }

    @Test func submittedFunctionsRunAtTheSameTime() async throws {
        let context = try makeContext("local[2]")
        defer { context.stop() }
        let running = CallCounter()
        let futures = (0..<2).map { index in
            context.submit {
                running.add()
                while running.count < 2 { sched_yield() }
                return index * 14
            }
        }
        #expect(try await futures[1].value == 14)
        #expect(try await futures[0].value == 0)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test(arguments: ["local[1]", "local[4]"].share(2))
    func manySubmits(_ master: String) async throws {
        let context = try makeContext(master)
        defer { context.stop() }
        let futures = (0..<2000).map { index in context.submit { index } }
        var sum = 0
        for future in futures { sum += try await future.value }
        #expect(sum == 2000 * 1999 / 2)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test(.localOnly) func submittedFunctionsFailAndAreCancelled() async throws {
        let context = try makeContext("local[1]")
        defer { context.stop() }
        let error = await failure { try await context.submit({ throw Refusal(value: 3) }, line: 4711).value }
        #expect(error.map { "\($0)" }?.hasPrefix("submit at FutureTests.swift:4711 failed") == true)
        #expect(error.map { "\($0)" }?.hasSuffix("3 is refused") == true)
        let started = CallCounter()
        let running = context.submit { ConcurrencyTests.spin(started.add()) }
        #expect(await eventually { started.count == 1 })
        let queued = context.submit { started.add() }
        queued.cancel()
        #expect(await failure { try await queued.value } is CancellationError)
        running.cancel()
        #expect(await failure { try await running.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
        #expect(started.count == 1)
    }

    @Test func submittingToAStoppedContext() async throws {
        let context = try makeContext()
        context.stop()
        let error = await failure { try await context.submit { 1 }.value }
        guard case JobError.stopped? = error else {
            Issue.record("unexpected: \(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(await failure { try await context.parallelMap([1]) { $0 } } is JobError)
    }
}
