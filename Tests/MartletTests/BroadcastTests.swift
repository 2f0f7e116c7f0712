import Glibc
import Martlet
import MartletCore
import TestSupport
import Testing

/// `unpersist` and `destroy` of broadcasts.
@Suite struct BroadcastTests {
    /// With and without searching functions before a job.
    private func contexts() throws -> [MartletContext] {
        try ["false", "true"].map { try makeContext("local[2]", "martlet.portable.check=\($0)") }
    }

    @Test func unpersistedValuesComeAgain() async throws {
        for context in try contexts() {
            let names = context.broadcast(["a", "b", "c"])
            let rows = context.range(0, 30, partitions: 4).map { names.value[$0 % 3] }
            for _ in 0..<5 {
                #expect(try await rows.filter { $0 == "b" }.count() == 10)
                names.unpersist()
                names.unpersist()
            }
            #expect(names.value == ["a", "b", "c"])
        }
    }

    @Test func aJobThatHasADestroyedOneIsRefused() async throws {
        for context in try contexts() {
            let (names, made) = (context.broadcast(["a", "b"]), #line)
            let rows = context.range(0, 4, partitions: 2).map { names.value[$0 % 2] }
            let mapped = #line - 1
            // Functions that have been searched before are searched again.
            #expect(try await rows.collect() == ["a", "b", "a", "b"])
            names.destroy()
            let destroyed = #line - 1
            names.destroy()
            names.unpersist()
            let expected =
                "the function of map at BroadcastTests.swift:\(mapped) uses broadcast \(names.id) of BroadcastTests.swift:\(made), "
                + "which was destroyed at BroadcastTests.swift:\(destroyed); destroy it after the last job that reads it, "
                + "or call unpersist(), after which it can be used again"
            for action in [{ _ = try await rows.count() }, { _ = try await rows.map { $0 + "!" }.distinct().collect() }] {
                let error = await failure(of: action)
                #expect((error as? DestroyedBroadcast)?.id == names.id && error.map { "\($0)" } == expected, "\(error.map { "\($0)" } ?? "none")")
            }
            // In the function of an action, and inside of another value.
            let (pair, other) = ((1, names), context.broadcast([names]))
            #expect(await failure { try await context.range(0, 2).foreach { _ in _ = pair.1.value } } is DestroyedBroadcast)
            #expect(await failure { try await context.range(0, 2).map { _ in other.value.count }.count() } is DestroyedBroadcast)
            #expect(try await context.range(0, 4).count() == 4, "the context works on")
        }
    }

    /// With a local master, the search of functions continues past values that cannot travel: objects, and types of a
    /// function.
    @Test(.localOnly) func functionsThatCannotTravelAreLookedAtToo() async throws {
        struct Row: Sendable { let text: String }
        let context = try makeContext("local[2]", "martlet.portable.check=false")
        let (counter, names) = (LiveCounter(), context.broadcast(["a"]))
        let inner = (1, [context.broadcast([names])])
        let rows = context.range(0, 2).map { number in Row(text: names.value[0] + "\(counter.live)\(number)") }
        let actions: [@Sendable () async throws -> Void] = [
            { _ = try await rows.count() }, { _ = try await rows.map { $0.text }.distinct().count() },
            { try await context.range(0, 2).foreach { _ in if counter.live == 0 { _ = inner.1[0].value[0].value } } },
            { _ = try await context.range(0, 2).map { [counter, names] in (counter, names.value[$0 % 1]) }.count() },
        ]
        for action in actions { try await action() }
        names.destroy()
        for action in actions {
            let error = await failure(of: action)
            #expect(error is DestroyedBroadcast, "\(error.map { "\($0)" } ?? "none")")
        }
        #expect(try await context.range(0, 2).map { $0 + counter.live }.count() == 2)
    }

    /// Stages whose outputs exist do not run.
    @Test func whatIsComputedCanStillBeUsed() async throws {
        for context in try contexts() {
            let names = context.broadcast(["a", "b"])
            let counts = context.range(0, 10, partitions: 2).map { (names.value[$0 % 2], 1) }.reduceByKey(partitions: 2, +)
            let sums = counts.map { ($0.1, $0.1) }.reduceByKey(partitions: 2, +)
            #expect(try await counts.collectAsMap() == ["a": 5, "b": 5])
            names.destroy()
            #expect(try await counts.mapValues { $0 + 1 }.collectAsMap() == ["a": 6, "b": 6])
            #expect(try await sums.collectAsMap() == [5: 10])
            #expect(try await counts.union(counts).count() == 4)
            let other = context.range(0, 10, partitions: 2).map { (names.value[$0 % 2], 1) }.reduceByKey(partitions: 2, +)
            #expect(await failure { try await counts.union(other).count() } is DestroyedBroadcast)
        }
    }

    /// A task that began before the value was destroyed fails when it reads it, and so does its job.
    @Test func aRunningTaskFails() async throws {
        for context in try contexts() {
            let (gate, names) = (Gate(), context.broadcast(["a", "b"]))
            async let error = failure {
                try await context.range(0, 4, partitions: 2).map { number in
                    if number % 2 == 1 { return names.value[0] }
                    gate.pass()
                    // Executors learn of it a little later.
                    while TaskContext.current?.isInterrupted == false { _ = names.value }
                    return names.value[0]
                }.collect()
            }
            #expect(await eventually { gate.arrivals >= 2 })
            names.destroy()
            let destroyed = #line - 1
            gate.open()
            let text = await error.map { "\($0)" } ?? "none"
            #expect(text.contains("broadcast \(names.id) of BroadcastTests.swift:"), "\(text)")
            #expect(text.contains("was destroyed at BroadcastTests.swift:\(destroyed)"), "\(text)")
            #expect(try await context.range(0, 4).count() == 4, "the context works on")
        }
    }

    /// The value is released at once, or with the last job that may read it.
    @Test(.localOnly) func valuesGo() async throws {
        let context = try makeContext()
        let counter = LiveCounter()
        let (first, second) = (context.broadcast([Tracked(1, counter)]), context.broadcast([Tracked(2, counter)]))
        #expect(try await context.range(0, 2).map { first.value[0].value + $0 }.collect() == [1, 2])
        first.destroy()
        #expect(await eventually { counter.live == 1 })
        let gate = Gate()
        async let sum = context.range(0, 2, partitions: 1).map { number in
            gate.pass()
            return number
        }.reduce(+)
        #expect(await eventually { gate.arrivals == 1 })
        second.destroy()
        let third = context.broadcast([Tracked(3, counter)])
        third.destroy()
        #expect(counter.live == 2, "a job runs that may read them")
        gate.open()
        #expect(try await sum == 1)
        #expect(await eventually { counter.live == 0 })
        context.broadcast([Tracked(4, counter)]).destroy()
        #expect(counter.live == 0)
    }

    @Test func onlyTheDriverMay() async throws {
        for context in try contexts() {
            let names = context.broadcast(["a"])
            for (name, call) in [
                ("unpersist", { @Sendable in names.unpersist() }), ("destroy", { @Sendable in names.destroy() }),
            ] {
                let error = await failure { try await context.range(0, 2, partitions: 1).foreach { _ in call() } }
                let text = error.map { "\($0)" } ?? "none"
                #expect(text.contains("\(name)() of broadcast \(names.id) was called in a task"), "\(text)")
            }
            #expect(names.value == ["a"])
        }
    }

    /// Outside of tasks, an error could not reach the caller.
    @Test(.localOnly) func readingOutsideOfTasksEndsTheProgram() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setenv("SWIFT_BACKTRACE", "enable=no", 1)
            let context = try makeContext()
            let names = context.broadcast(["a"], file: "Module/Main.swift", line: 3)
            names.destroy(file: "Module/Main.swift", line: 7)
            print(names.value)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("broadcast 1 of Main.swift:3 was destroyed at Main.swift:7"), "\(text)")
    }
}
