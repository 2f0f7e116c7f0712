import Martlet
import Testing

/// Objects as start values of tasks and keys: each has its own object, unless it cannot change.
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
            let total = try await rdd.aggregate(zero, { $0.add($1); return $0 }, combine: { $0.add($1); return $0 })
            #expect(total.seen == Self.all)
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
            rdd.aggregateByKey(zero, partitions: 3) { $0.add($1); return $0 } combine: { $0.add($1); return $0 },
            "aggregateByKey")
        try await expect(
            rdd.aggregateByKey(into: zero, partitioner: .hash(3)) { $0.add($1) } combine: { $0.add($1) },
            "aggregateByKey(into:)")
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
                into: { let tally = Tally(); tally.add($0); return tally }, mergeValue: { $0.add($1) },
                mergeCombined: { $0.add($1) }),
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
}
