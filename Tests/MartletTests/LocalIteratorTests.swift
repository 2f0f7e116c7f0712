import Martlet
import TestSupport
import Testing

@Suite struct LocalIteratorTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    private func collect<Element>(_ elements: LocalElements<Element>) async throws -> [Element] {
        var all: [Element] = []
        for try await element in elements { all.append(element) }
        return all
    }

    @Test(arguments: EmptyAndManyTests.shapes.indices)
    func everyShape(_ index: Int) async throws {
        let (name, make) = EmptyAndManyTests.shapes[index]
        let rdd = make(context)
        let all = try await rdd.collect()
        #expect(try await collect(rdd.toLocalIterator()) == all, "\(name)")
        #expect(try await collect(rdd.toLocalIterator(prefetch: true)) == all, "\(name)")
        #expect(try await collect(rdd.map { ($0 % 5, $0) }.groupByKey(partitions: 3).mapValues(\.count).toLocalIterator()).count
            == Set(all.map { $0 % 5 }).count, "\(name)")
    }

    private func watched() -> (RDD<Int>, SeenPartitions) {
        let seen = SeenPartitions()
        let rdd = context.range(0, 50, partitions: 5).mapPartitionsWithIndex { index, elements in
            seen.add(index)
            return Array(elements)
        }
        return (rdd, seen)
    }

    @Test func computesAPartitionWhenItIsNeeded() async throws {
        let (rdd, seen) = watched()
        let elements = rdd.toLocalIterator()
        var iterator = elements.makeAsyncIterator()
        #expect(seen.sorted == [])
        #expect(try await iterator.next() == 0)
        #expect(seen.sorted == [0])
        for number in 1...10 { #expect(try await iterator.next() == number) }
        #expect(seen.sorted == [0, 1])
        // A second iteration starts anew.
        var second = elements.makeAsyncIterator()
        #expect(try await second.next() == 0)
        #expect(seen.sorted == [0, 0, 1])
    }

    @Test func leavingTheLoopComputesNoMore() async throws {
        let (rdd, seen) = watched()
        for try await number in rdd.toLocalIterator() where number == 12 { break }
        #expect(seen.sorted == [0, 1])
        #expect(await eventually { context.driver.isIdle })
    }

    @Test func prefetchingComputesOneAhead() async throws {
        let (rdd, seen) = watched()
        var iterator = Optional(rdd.toLocalIterator(prefetch: true).makeAsyncIterator())
        #expect(try await iterator?.next() == 0)
        #expect(await eventually { seen.sorted == [0, 1] })
        #expect(await eventually { context.driver.isIdle })
        #expect(seen.sorted == [0, 1])
        iterator = nil
        #expect(await eventually { context.driver.isIdle })
    }

    /// The partition that is computed ahead is cancelled when it will not be read.
    @Test func leavingTheLoopCancelsWhatWasPrefetched() async throws {
        let started = CallCounter()
        let rdd = context.range(0, 3, partitions: 3).map { number in
            if number == 1 {
                started.add()
                return ConcurrencyTests.spin(number)
            }
            return number
        }
        for try await number in rdd.toLocalIterator(prefetch: true) {
            #expect(number == 0)
            #expect(await eventually { started.count == 1 })
            break
        }
        #expect(await eventually { context.driver.isIdle })
    }

    @Test(arguments: [false, true])
    func cancellingTheTaskCancelsTheJob(_ prefetch: Bool) async throws {
        let started = CallCounter()
        let rdd = context.range(0, 3, partitions: 3).map { number in
            if number == 1 {
                started.add()
                return ConcurrencyTests.spin(number)
            }
            return number
        }
        let task = Task { try await collect(rdd.toLocalIterator(prefetch: prefetch)) }
        #expect(await eventually { started.count == 1 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
    }

    @Test(arguments: [false, true])
    func failuresEndTheIteration(_ prefetch: Bool) async throws {
        let rdd = context.range(0, 30, partitions: 3).map({ number in
            if number == 15 { throw Refusal(value: number) }
            return number
        }, line: 4711)
        var iterator = rdd.toLocalIterator(prefetch: prefetch).makeAsyncIterator()
        for number in 0..<10 { #expect(try await iterator.next() == number) }
        let text = await failure { try await iterator.next() }.map { "\($0)" }
        #expect(text?.hasPrefix("map at LocalIteratorTests.swift:4711 failed in partition 1") == true, "\(text ?? "")")
        #expect(try await iterator.next() == nil)
        let broken = context.range(0, 6, partitions: 0)
        #expect(await failure { try await collect(broken.toLocalIterator()) } is ArgumentError)
    }

    @MainActor @Test func worksOnAnActor() async throws {
        var sum = 0
        for try await number in context.range(0, 100, partitions: 4).toLocalIterator(prefetch: true) { sum += number }
        #expect(sum == 4950)
    }

    @Test(.localOnly) func oneJobAtATimeHoldsOnePartition() async throws {
        let counter = LiveCounter()
        let rdd = context.range(0, 1000, partitions: 10).map { Tracked($0, counter) }
        var most = 0
        for try await _ in rdd.toLocalIterator() { most = max(most, counter.live) }
        #expect(most <= 101)
        #expect(await eventually { counter.live == 0 })
    }
}
