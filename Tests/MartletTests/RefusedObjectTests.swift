import Martlet
import Synchronization
import TestSupport
import Testing

/// Objects that tasks, keys or states would share: operators and accumulators refuse them, unless they cannot change.
@Suite struct RefusedObjectTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[4]") }

    typealias Tally = StartValueTests.Tally
    typealias Closed = StartValueTests.Closed

    private func numbers(_ partitions: Int) -> RDD<Int> { context.range(0, 120, partitions: partitions) }
    private func pairs(_ partitions: Int) -> RDD<(Int, Int)> { numbers(partitions).map { ($0 % 5, $0) } }
    private static let all = Array(0..<120)

    // MARK: Start values

    final class Locked: Sendable {
        let count = Mutex(0)
    }

    class Base: @unchecked Sendable { var hidden = 0 }
    final class Derived: Base, @unchecked Sendable {
        let shown = 1
    }
    protocol Counting: Sendable { var count: Int { get } }
    final class Counter: Counting, @unchecked Sendable { var count = 0 }
    struct Deep: Sendable { var (a, inner) = (1, Inner()) }
    struct Inner: Sendable { var b: (Int, [Counter?]) = (2, [nil, Counter()]) }
    struct Memory: @unchecked Sendable { let start = UnsafeMutablePointer<Int>.allocate(capacity: 1) }
    actor Keeper { var kept = 0 }

    /// - Parameter path: where the object is.
    private func expectRefused<Zero: Sendable>(
        _ zero: Zero, _ path: String, _ sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let line = 7
        let actions: [(String, () async throws -> Void)] = [
            ("aggregate", {
                _ = try await numbers(3).aggregate(zero, { first, _ in first }, combine: { first, _ in first }, line: line)
            }),
            ("aggregate", { _ = try await numbers(3).aggregate(into: zero, { _, _ in }, combine: { _, _ in }, line: line) }),
            ("treeAggregate", {
                _ = try await numbers(3).treeAggregate(into: zero, { _, _ in }, combine: { _, _ in }, line: line)
            }),
            ("fold", { _ = try await numbers(3).map { _ in zero }.fold(zero, { first, _ in first }, line: line) }),
            ("scan", { _ = try await numbers(3).map { _ in zero }.scan(zero, { first, _ in first }, line: line).count() }),
            ("aggregateByKey", {
                _ = try await pairs(3)
                    .aggregateByKey(zero, { first, _ in first }, combine: { first, _ in first }, line: line).count()
            }),
            ("aggregateByKey", {
                _ = try await pairs(3).aggregateByKey(into: zero, { _, _ in }, combine: { _, _ in }, line: line).count()
            }),
            ("foldByKey", {
                _ = try await pairs(3).mapValues { _ in zero }.foldByKey(zero, { first, _ in first }, line: line).count()
            }),
        ]
        for (name, action) in actions {
            let error = await failure { try await action() }
            #expect(error is ArgumentError, "\(name): \(error.map { "\($0)" } ?? "no error")", sourceLocation: sourceLocation)
            let text = error.map { "\($0)" } ?? ""
            #expect(
                text.hasPrefix(
                    "\(name) at RefusedObjectTests.swift:7: all tasks and keys would start from one and the same object "
                        + "(\(path), of class"),
                "\(text)", sourceLocation: sourceLocation)
        }
    }

    @Test(.localOnly) func objectsWithoutAnEncodingAreRefused() async {
        await expectRefused(Closed(), "Closed")
        await expectRefused(Locked(), "Locked")
        await expectRefused(Derived(), "Derived")
        await expectRefused([Closed()], "Array<Closed>.0")
        await expectRefused(Closed() as Closed?, "Optional<Closed>.some")
        await expectRefused(["a": (1, Closed())], "Dictionary<String, (Int, Closed)>.0.value.1")
        await expectRefused(Deep(), "Deep.inner.b.1.1.some")
        await expectRefused(Counter() as any Counting, "Counting")
        await expectRefused(Keeper(), "Keeper")
        await expectRefused(Memory(), "Memory.start")
    }

    @Test(.localOnly) func theTextSaysWhatToDo() async {
        let line = #line + 2
        let error = await failure {
            try await numbers(2).aggregate(into: Closed()) { $0.sum += $1 } combine: { $0.sum += $1.sum }
        }
        #expect(
            error.map { "\($0)" } == """
                aggregate at RefusedObjectTests.swift:\(line): all tasks and keys would start from one and the same object \
                (Closed, of class Closed), and it cannot be copied. Closed: Closed is a class without Codable: make it \
                Codable, or open it inside mapPartitions. Use a struct, make the class Codable, start from nil or an empty \
                collection, or make the object where it is used, as in mapPartitions and combineByKey(create:)
                """)
    }

    /// Results in a map output that would be changed in place, although later actions read them again.
    @Test(.localOnly) func resultsWithoutAnEncodingAreRefused() async throws {
        let totals = pairs(4).combineByKey(
            into: { number -> Closed in let closed = Closed(); closed.sum = number; return closed },
            mergeValue: { $0.sum += $1 }, mergeCombined: { $0.sum += $1.sum })
        let error = await failure { try await totals.count() }
        #expect(error is ArgumentError)
        #expect(error.map { "\($0)" }?.contains("results are changed in place and read again") == true)
        // Results that are only collected are not changed.
        let lists = pairs(4).combineByKey(
            into: { _ in [Closed()] }, mergeValue: { list, _ in list.append(Closed()) }, mergeCombined: { $0 += $1 })
        for _ in 0..<2 { #expect(try await lists.mapValues(\.count).collect().allSatisfy { $0.1 == 24 }) }
    }

    // MARK: Accumulators

    /// An encoding does not help: states are copied and merged in the driver too.
    final class Gathered: AccumulatorState, Codable, @unchecked Sendable {
        var numbers: [Int] = []
        init() {}
        func add(_ number: Int) { numbers.append(number) }
        func merge(_ other: Gathered) { numbers += other.numbers }
        var value: [Int] { numbers }
    }

    /// A value around an object.
    struct Around: AccumulatorState {
        var inner: (Int, [Tally]) = (1, [Tally()])
        func add(_ number: Int) { inner.1[0].add(number) }
        func merge(_ other: Around) { inner.1[0].add(other.inner.1[0]) }
        var value: Int { inner.1[0].sum }
    }

    /// Creates its objects on demand.
    struct Later: AccumulatorState {
        var tallies: [String: Tally] = [:]
        mutating func add(_ number: Int) {
            if tallies["a"] == nil { tallies["a"] = Tally() }
            tallies["a"]?.add(number)
        }
        mutating func merge(_ other: Later) { tallies.merge(other.tallies) { $0.add($1); return $0 } }
        var value: Int { tallies["a"]?.sum ?? 0 }
    }

    /// Holds objects that cannot change, or are shared on purpose.
    struct Constant: AccumulatorState {
        let leaf = StartValueTests.Leaf(3, nil)
        let calls: CallCounter
        var sum = 0
        mutating func add(_ number: Int) {
            calls.add()
            sum += number * leaf.number
        }
        mutating func merge(_ other: Constant) { sum += other.sum }
        var value: Int { sum }
    }

    private func expectRefused<State: AccumulatorState>(_ zero: State, _ path: String) async throws where State.Input == Int {
        for check in ["true", "false"] {
            let context = try makeContext("local[4]", "martlet.portable.check=\(check)")
            defer { context.stop() }
            let state = context.accumulator(zero, line: 7)
            let values = "\(state.value)"
            let rdd = context.range(0, 120, partitions: 4)
            // In an action, before a shuffle, and behind it.
            for (name, call) in [
                ("foreach", { try await rdd.foreach { state.add($0) } }),
                ("map", {
                    _ = try await rdd.map { number -> (Int, Int) in state.add(number); return (0, 1) }.reduceByKey(+).count()
                }),
                ("mapValues", { _ = try await rdd.keyBy { $0 % 3 }.groupByKey().mapValues { state.add($0.count) }.count() }),
            ] as [(String, () async throws -> Void)] {
                let text = await failure { try await call() }.map { "\($0)" } ?? "no error"
                #expect(
                    text.contains(
                        "accumulator at RefusedObjectTests.swift:7: states are copied and merged, and all copies would share "
                            + "an object that can change (\(path), of class "),
                    "\(name), \(check): \(text)")
                // Without an earlier check, only the task is known.
                #expect(check == "false" || text.contains("the function of \(name) at RefusedObjectTests.swift:"), "\(text)")
            }
            state.add(3)
            #expect("\(state.value)" == values, "nothing is added up")
        }
    }

    @Test func accumulatorsOfObjectsAreRefused() async throws {
        try await expectRefused(Gathered(), "Gathered")
        try await expectRefused(Around(), "Around.inner.1.0")
        try await expectRefused(Later(), "Later.tallies.value")
    }

    /// Objects that are never changed are harmless in a state.
    @Test func accumulatorsOfConstantsAndCollections() async throws {
        let calls = CallCounter()
        let tallies = context.collectionAccumulator(of: Tally.self)
        try await numbers(8).foreach { number in
            let tally = Tally()
            tally.add(number)
            tallies.add(tally)
        }
        #expect(tallies.value.map(\.sum).sorted() == Self.all)
        let again = context.accumulator(Collected<Tally>())
        try await numbers(8).foreach { _ in again.add(Tally()) }
        #expect(again.value.count == 120)
        if context.isLocal {
            let sum = context.accumulator(Constant(calls: calls))
            try await numbers(8).foreach { sum.add($0) }
            #expect(sum.value == 3 * Self.all.reduce(0, +) && calls.count == 120)
        }
    }
}
