import Martlet
import TestSupport
import Testing

/// Operators on one RDD at a time, products, and user-defined RDDs.
@Suite struct NarrowTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    @Test(arguments: EmptyAndManyTests.shapes.indices)
    func everyShape(_ index: Int) async throws {
        let (name, make) = EmptyAndManyTests.shapes[index]
        let rdd = make(context)
        let all = try await rdd.collect()
        let comment = Comment(rawValue: name)
        let odd = try await rdd.compactMap { $0 % 2 == 0 ? nil : "\($0)" }.collect()
        #expect(odd == all.filter { $0 % 2 != 0 }.map { "\($0)" }, comment)
        let groups = rdd.coalesce(groups: [[], Array((0..<rdd.partitionCount).reversed()), []])
        #expect(try await groups.collect() == rdd.collectPartitions().reversed().flatMap { $0 }, comment)
        #expect(groups.partitionCount == 3, comment)
        if all.isEmpty {
            #expect(await failure { try await rdd.max { $0 < $1 } } is EmptyCollectionError, comment)
            #expect(await failure { try await rdd.min { $0 < $1 } } is EmptyCollectionError, comment)
        } else {
            #expect(try await rdd.max { $0 % 10 < $1 % 10 } == all.max { $0 % 10 < $1 % 10 }, comment)
            #expect(try await rdd.min { $0 % 10 < $1 % 10 } == all.min { $0 % 10 < $1 % 10 }, comment)
        }
        if all.count > 1000 { return }
        for (otherName, makeOther) in EmptyAndManyTests.shapes.prefix(6) {
            let other = makeOther(context)
            let product = rdd.cartesian(other)
            #expect(product.partitionCount == rdd.partitionCount * other.partitionCount)
            let pairs = try await product.collect().map { Pair($0.0, $0.1) }
            let others = try await other.collect()
            let expected = all.flatMap { left in others.map { Pair(left, $0) } }
            #expect(difference(pairs, expected, isOrdered: false) == nil, "\(name) x \(otherName)")
        }
    }

    @Test func cartesianOfManyBatches() async throws {
        let left = context.range(0, 1500, partitions: 2)
        let right = context.parallelize(Array(0..<1100), partitions: 3).map { "\($0)" }
        let sum = try await left.cartesian(right).map { $0.0 * 2000 + $0.1.utf8.count }.reduce(+)
        let digits = (0..<1100).reduce(0) { $0 + "\($1)".utf8.count }
        #expect(sum == 1500 * 1499 / 2 * 2000 * 1100 + digits * 1500)
        #expect(try await left.cartesian(right).count() == 1500 * 1100)
        let pairs = try await left.cartesian(left).take(5)
        #expect(pairs.allSatisfy { $0.0 < 1500 && $0.1 < 1500 } && pairs.count == 5)
    }

    /// The right side is read once for each block of the left, not for each element.
    @Test func cartesianReadsTheRightSideSeldom() async throws {
        let computed = CallCounter()
        let right = context.generate(partitions: 1) { _ in
            computed.add()
            return 0..<10
        }
        // A batch has 4096 bytes, so a block 512 numbers; the filter makes batches of a few.
        let left = context.range(0, 10_000, partitions: 1).filter { $0 % 100 == 0 }
        #expect(try await left.cartesian(right).count() == 1000)
        #expect(computed.count == 1)
    }

    @Test func failuresInAProduct() async throws {
        let good = context.range(0, 8, partitions: 2)
        let bad = good.map({ number in
            if number == 5 { throw Refusal(value: number) }
            return number
        }, line: 4711)
        for product in [good.cartesian(bad), bad.cartesian(good)] {
            let text = await failure { try await product.count() }.map { "\($0)" }
            #expect(text?.hasPrefix("map at NarrowTests.swift:4711 failed in partition") == true, "\(text ?? "")")
        }
        let broken = context.range(0, 6, partitions: 0, line: 9)
        #expect((await failure { try await good.cartesian(broken).count() } as? ArgumentError)?.operation == "range")
    }

    @Test func coalesceByGroups() async throws {
        let rdd = context.range(0, 6, partitions: 3)
        func text(_ groups: [[Int]]) async -> String? {
            await failure { try await rdd.coalesce(groups: groups, line: 9).count() }.map { "\($0)" }
        }
        let start = "coalesce at NarrowTests.swift:9: "
        #expect(await text([[0, 1], [3]]) == start + "a group names partition 3, but there are 3")
        #expect(await text([[0, 1], [-1]]) == start + "a group names partition -1, but there are 3")
        #expect(await text([[0, 1], [2, 0]]) == start + "partition 0 is in two groups")
        #expect(await text([[0], [2]]) == start + "partition 1 is in no group")
        #expect(await text([]) == start + "partition 0 is in no group")
        let none: RDD<Int> = context.emptyRDD()
        #expect(try await none.coalesce(groups: []).collect() == [])
        let broken = context.range(0, 6, partitions: 0, line: 9)
        #expect((await failure { try await broken.coalesce(groups: [[0]]).count() } as? ArgumentError)?.operation == "range")
    }

    @Test func generatedPartitions() async throws {
        let rdd = context.generate(partitions: 3) { partition in repeatElement(partition, count: partition * 2000) }
        #expect(try await rdd.collectPartitions().map(\.count) == [0, 2000, 4000])
        #expect(try await rdd.collect() == rdd.cache().collect())
        #expect(try await context.generate(partitions: 2) { _ in 0... }.take(3) == [0, 1, 2])
        let none = await failure { try await context.generate(partitions: 0, { _ in [1] }, line: 9).count() }
        #expect(none.map { "\($0)" } == "generate at NarrowTests.swift:9: cannot make 0 partitions; there must be at least 1")
        let refused = context.generate(partitions: 2, { partition in
            if partition == 1 { throw Refusal(value: 1) }
            return 0..<3
        }, line: 4711)
        let text = await failure { try await refused.count() }.map { "\($0)" }
        #expect(text?.hasPrefix("generate at NarrowTests.swift:4711 failed in partition 1") == true, "\(text ?? "")")
    }

    @Test func generatedByFunctions() async throws {
        let calls = CallCounter()
        let rdd = context.generate(of: Int.self, partitions: 2) { _ in
            var next = 0
            return {
                next += 1
                // If called once more after the end, this would continue.
                if next == 2001 { return nil }
                if next > 2001 { calls.add() }
                return next
            }
        }
        #expect(try await rdd.collect() == Array(1...2000) + Array(1...2000))
        #expect(try await rdd.mapPartitions { [$0.reduce(0, +)] }.collect() == [2001 * 1000, 2001 * 1000])
        #expect(calls.count == 0)
        let failing = context.generate(of: Int.self, partitions: 1, { _ in
            var next = 0
            return {
                next += 1
                if next == 3000 { throw Refusal(value: next) }
                return next
            }
        }, line: 4711)
        let text = await failure { try await failing.count() }.map { "\($0)" }
        #expect(text?.hasPrefix("generate at NarrowTests.swift:4711 failed in partition 0") == true, "\(text ?? "")")
        #expect(try await failing.take(2500).count == 2500)
    }

    /// An endless partition under an operator without output can be cancelled.
    @Test func endlessPartitionsAreCancelled() async throws {
        let started = CallCounter()
        let task = Task {
            try await context.generate(partitions: 1) { _ in
                started.add()
                return 0...
            }.mapPartitions { $0.lazy.filter { $0 < 0 } }.count()
        }
        #expect(await eventually { started.count > 0 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
    }
}
