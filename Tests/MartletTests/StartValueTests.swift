import Martlet
import MartletPortable
import Synchronization
import TestSupport
import Testing

/// Objects as start values of tasks and keys: each has its own object, or the operator refuses.
@Suite struct StartValueTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[4]") }

    /// Changed in place.
    final class Tally: Codable, @unchecked Sendable {
        var sum = 0
        var seen: [Int] = []

        init() {}

        func add(_ number: Int) {
            sum += number
            seen.append(number)
        }

        func add(_ other: Tally) {
            sum += other.sum
            seen += other.seen
        }
    }

    /// Two references to one object, which stays one object in each copy.
    struct Twice: Codable, Sendable {
        var first: Tally
        var second: Tally?
    }

    /// The same without an encoding.
    final class Closed: @unchecked Sendable { var sum = 0 }

    private func numbers(_ partitions: Int) -> RDD<Int> { context.range(0, 120, partitions: partitions) }
    private func pairs(_ partitions: Int) -> RDD<(Int, Int)> { numbers(partitions).map { ($0 % 5, $0) } }
    private static let all = Array(0..<120)

    // MARK: Copies

    @Test(arguments: [1, 2, 7, 40])
    func eachPartitionHasItsOwn(_ partitions: Int) async throws {
        let (zero, rdd) = (Tally(), numbers(partitions))
        for _ in 0..<2 {
            let folded = try await rdd.map { number -> Tally in
                let tally = Tally()
                tally.add(number)
                return tally
            }.fold(zero) { $0.add($1); return $0 }
            #expect(folded.seen == Self.all)
            #expect(try await rdd.aggregate(zero, { $0.add($1); return $0 }, combine: { $0.add($1); return $0 }).seen == Self.all)
            #expect(try await rdd.aggregate(into: zero) { $0.add($1) } combine: { $0.add($1) }.seen == Self.all)
            for depth in 1...3 {
                let tree = try await rdd.treeAggregate(into: zero, depth: depth) { $0.add($1) } combine: { $0.add($1) }
                #expect(tree.seen == Self.all, "depth \(depth)")
            }
        }
        #expect(zero.seen.isEmpty, "the caller's object is nobody's")
    }

    @Test(arguments: [1, 2, 7, 40])
    func eachKeyHasItsOwn(_ partitions: Int) async throws {
        let (zero, rdd) = (Tally(), pairs(partitions))
        func expect(_ totals: RDD<(Int, Tally)>, _ name: String) async throws {
            // Again, from the same map outputs.
            for action in 0..<3 {
                for (key, tally) in try await totals.collect() {
                    #expect(tally.seen == Self.all.filter { $0 % 5 == key }, "\(name), key \(key), action \(action)")
                    #expect(tally.sum == tally.seen.reduce(0, +))
                }
            }
            #expect(try await totals.count() == 5)
        }
        try await expect(
            rdd.aggregateByKey(zero, partitions: 3) { $0.add($1); return $0 } combine: { $0.add($1); return $0 }, "aggregateByKey")
        try await expect(
            rdd.aggregateByKey(into: zero, partitioner: .hash(3)) { $0.add($1) } combine: { $0.add($1) }, "aggregateByKey(into:)")
        try await expect(
            rdd.partitionBy(.hash(4)).aggregateByKey(into: zero) { $0.add($1) } combine: { $0.add($1) }, "in place")
        let tallies = rdd.mapValues { number -> Tally in
            let tally = Tally()
            tally.add(number)
            return tally
        }
        try await expect(tallies.foldByKey(zero) { $0.add($1); return $0 }, "foldByKey")
        try await expect(
            rdd.combineByKey(
                into: { let tally = Tally(); tally.add($0); return tally }, mergeValue: { $0.add($1) }, mergeCombined: { $0.add($1) }),
            "combineByKey")
        #expect(zero.seen.isEmpty)
    }

    @Test func spilledResultsAreTheSame() async throws {
        let context = try makeContext("local[4]", "martlet.shuffle.spill.numElementsForceSpillThreshold=7")
        defer { context.stop() }
        let totals = context.range(0, 120, partitions: 7).map { ($0 % 5, $0) }
            .aggregateByKey(into: Tally()) { $0.add($1) } combine: { $0.add($1) }
        for _ in 0..<2 {
            for (key, tally) in try await totals.collect() { #expect(tally.seen == Self.all.filter { $0 % 5 == key }) }
        }
    }

    @Test func partsOfStructsAreCopiedAndStayTogether() async throws {
        let tally = Tally()
        let zero = Twice(first: tally, second: tally)
        let whole = try await numbers(9).aggregate(into: zero) { twice, number in
            // Both are the same object in each copy.
            twice.second?.add(number)
        } combine: { $0.first.add($1.first) }
        #expect(whole.first.seen == Self.all)
        #expect(tally.seen.isEmpty)
        let list = try await numbers(9).aggregate(into: [Tally(), Tally()]) { $0[$1 % 2].add($1) } combine: { lists, other in
            for index in 0..<2 { lists[index].add(other[index]) }
        }
        #expect(list.map(\.seen) == [0, 1].map { rest in Self.all.filter { $0 % 2 == rest } })
    }

    @Test(arguments: [1, 4, 13])
    func scansStartFromTheirOwn(_ partitions: Int) async throws {
        let zero = Tally()
        zero.add(1000)
        let tallies = numbers(partitions).map { number -> Tally in
            let tally = Tally()
            tally.add(number)
            return tally
        }
        let sums = tallies.scan(zero) { left, right in
            let tally = Tally()
            tally.add(left)
            tally.add(right)
            return tally
        }.map(\.sum)
        var (sum, expected) = (1000, [Int]())
        for number in Self.all {
            sum += number
            expected.append(sum)
        }
        #expect(try await sums.collect() == expected)
        #expect(zero.seen == [1000])
    }

    /// Objects that two threads would have written to at the same time.
    @Test func manySlotsAtOnce() async throws {
        for _ in 0..<20 {
            let tally = try await context.range(0, 20_000, partitions: 32)
                .aggregate(into: Tally()) { $0.add($1) } combine: { $0.add($1) }
            #expect(tally.sum == 20_000 * 19_999 / 2)
        }
    }

    // MARK: Values that need no copy

    final class Leaf: Sendable {
        let number: Int
        let rest: Leaf?
        init(_ number: Int, _ rest: Leaf?) { (self.number, self.rest) = (number, rest) }
        var numbers: [Int] { [number] + (rest?.numbers ?? []) }
    }

    /// Objects that cannot change are shared, with or without an encoding.
    @Test(.localOnly) func constantObjectsAreShared() async throws {
        let end = Leaf(-1, nil)
        let list = try await numbers(1).aggregate(end, { Leaf($1, $0) }, combine: { $1 })
        #expect(list.numbers == Self.all.reversed() + [-1])
        #expect(try await numbers(3).aggregate(end, { first, _ in first }, combine: { first, _ in first }) === end)
    }

    struct Bag: Sendable {
        var objects: [Closed] = []
        var last: Closed?
        var byName: [String: Closed] = [:]
    }

    /// Nothing is shared while there is no object, whatever the type can hold.
    @Test(.localOnly) func emptyStartsNeedNoEncoding() async throws {
        let bag = try await numbers(5).aggregate(into: Bag()) { bag, number in
            let object = Closed()
            object.sum = number
            bag.objects.append(object)
            if bag.last == nil { bag.last = object }
            bag.byName["\(number % 3)", default: object].sum += 0
        } combine: { bag, other in
            bag.objects += other.objects
            bag.last = bag.last ?? other.last
        }
        #expect(bag.objects.map(\.sum) == Self.all && bag.last?.sum == 0)
        let lazy = try await numbers(5).aggregate(into: Closed?.none) { closed, number in
            if closed == nil { closed = Closed() }
            closed?.sum += number
        } combine: { closed, other in
            if closed == nil { closed = Closed() }
            closed?.sum += other?.sum ?? 0
        }
        #expect(lazy?.sum == Self.all.reduce(0, +))
        let lists = pairs(5).aggregateByKey([Closed]()) { objects, _ in objects + [Closed()] } combine: { $0 + $1 }
        #expect(try await lists.mapValues(\.count).collect().allSatisfy { $0.1 == 24 })
    }

    // MARK: Refusals

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
    private func expectRefused<Zero: Sendable>(_ zero: Zero, _ path: String, _ sourceLocation: SourceLocation = #_sourceLocation) async {
        let line = 7
        let actions: [(String, () async throws -> Void)] = [
            ("aggregate", { _ = try await numbers(3).aggregate(zero, { first, _ in first }, combine: { first, _ in first }, line: line) }),
            ("aggregate", { _ = try await numbers(3).aggregate(into: zero, { _, _ in }, combine: { _, _ in }, line: line) }),
            ("treeAggregate", { _ = try await numbers(3).treeAggregate(into: zero, { _, _ in }, combine: { _, _ in }, line: line) }),
            ("fold", { _ = try await numbers(3).map { _ in zero }.fold(zero, { first, _ in first }, line: line) }),
            ("scan", { _ = try await numbers(3).map { _ in zero }.scan(zero, { first, _ in first }, line: line).count() }),
            ("aggregateByKey", {
                _ = try await pairs(3).aggregateByKey(zero, { first, _ in first }, combine: { first, _ in first }, line: line).count()
            }),
            ("aggregateByKey", {
                _ = try await pairs(3).aggregateByKey(into: zero, { _, _ in }, combine: { _, _ in }, line: line).count()
            }),
            ("foldByKey", { _ = try await pairs(3).mapValues { _ in zero }.foldByKey(zero, { first, _ in first }, line: line).count() }),
        ]
        for (name, action) in actions {
            let error = await failure { try await action() }
            #expect(error is ArgumentError, "\(name): \(error.map { "\($0)" } ?? "no error")", sourceLocation: sourceLocation)
            let text = error.map { "\($0)" } ?? ""
            #expect(
                text.hasPrefix("\(name) at StartValueTests.swift:7: all tasks and keys would start from one and the same object (\(path), of class"),
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
        let line = #line + 1
        let error = await failure { try await numbers(2).aggregate(into: Closed()) { $0.sum += $1 } combine: { $0.sum += $1.sum } }
        #expect(
            error.map { "\($0)" } == """
                aggregate at StartValueTests.swift:\(line): all tasks and keys would start from one and the same object (Closed, of class \
                Closed), and it cannot be copied. Closed: Closed is a class without Codable: make it Codable, or open it inside mapPartitions. \
                Use a struct, make the class Codable, start from nil or an empty collection, or make the object where it is used, as in \
                mapPartitions and combineByKey(create:)
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
        let leaf = Leaf(3, nil)
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
                ("map", { _ = try await rdd.map { number -> (Int, Int) in state.add(number); return (0, 1) }.reduceByKey(+).count() }),
                ("mapValues", { _ = try await rdd.keyBy { $0 % 3 }.groupByKey().mapValues { state.add($0.count) }.count() }),
            ] as [(String, () async throws -> Void)] {
                let text = await failure { try await call() }.map { "\($0)" } ?? "no error"
                #expect(
                    text.contains(
                        "accumulator at StartValueTests.swift:7: states are copied and merged, and all copies would share an object that can "
                            + "change (\(path), of class "),
                    "\(name), \(check): \(text)")
                // Without an earlier check, only the task is known.
                #expect(check == "false" || text.contains("the function of \(name) at StartValueTests.swift:"), "\(text)")
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
