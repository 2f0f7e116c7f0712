@testable import Martlet
import TestSupport
import Testing

/// `treeAggregate` and `treeReduce` have real levels: stages of their own, with fewer tasks each.
@Suite struct TreeTests {
    let context: MartletContext
    let recorder = Recorder()

    init() throws {
        context = try makeContext("local[4]")
        context.addListener(recorder)
    }

    /// How many tasks the stages of the jobs had, in the order of the stages.
    private func stages() -> [Int] {
        context.driver.waitUntilListenersAreTold()
        return recorder.stages.sorted { $0.id < $1.id }.map(\.taskCount)
    }

    /// Spark's numbers.
    @Test func levels() {
        #expect(treeLevels(100, depth: 2) == [10])
        #expect(treeLevels(4, depth: 2) == [])
        #expect(treeLevels(1000, depth: 3) == [100, 10])
        #expect(treeLevels(101, depth: 2) == [9])
        #expect(treeLevels(10_000, depth: 2) == [100])
        for depth in [1, 2, 5, 64, .max] {
            #expect(treeLevels(0, depth: depth) == [] && treeLevels(1, depth: depth) == [] && treeLevels(2, depth: depth) == [])
        }
        for count in [3, 17, 100, 12_345, 1 << 24, .max] { #expect(treeLevels(count, depth: 1) == [], "\(count)") }
        #expect(treeLevels(1 << 20, depth: .max) == (2..<20).reversed().map { 1 << $0 })
    }

    /// Levels become narrower, end, and leave no more than the first split says.
    @Test func levelsOfAnyShape() {
        for count in 0..<2000 {
            for depth in 1...6 {
                let all = [count] + treeLevels(count, depth: depth)
                #expect(zip(all, all.dropFirst()).allSatisfy { $0 > $1 && $1 >= 1 })
                #expect(all.count <= depth, "\(count), \(depth)")
            }
        }
    }

    @Test func stagesOfAHundredPartitions() async throws {
        let rdd = context.range(0, 1000, partitions: 100)
        #expect(try await rdd.treeReduce(+) == 499_500)
        #expect(stages() == [100, 10])
        #expect(try await rdd.treeAggregate(into: 0) { $0 += $1 } combine: { $0 += $1 } == 499_500)
        #expect(stages() == [100, 10, 100, 10])
        #expect(try await rdd.treeAggregate(into: 0, depth: 3) { $0 += $1 } combine: { $0 += $1 } == 499_500)
        #expect(stages().suffix(3) == [100, 20, 4])
        #expect(try await rdd.treeReduce(depth: 1, +) == 499_500)
        #expect(stages().suffix(1) == [100])
    }

    @Test func fewPartitionsHaveOneStage() async throws {
        #expect(try await context.range(0, 1000, partitions: 4).treeReduce(+) == 499_500)
        #expect(stages() == [4])
        #expect(try await context.emptyRDD(of: Int.self).treeAggregate(into: 7) { $0 += $1 } combine: { $0 += $1 } == 7)
    }

    /// Combination follows the order of the partitions, including empty ones, and no partition is combined twice.
    @Test(arguments: [1, 2, 3, 5, 20], [1, 5, 16, 99, 250].share(2))
    func inOrder(_ depth: Int, _ partitions: Int) async throws {
        let letters = context.range(0, 300, partitions: partitions).filter { $0 % 50 < 20 }.map { "\($0)," }
        let expected = (0..<300).filter { $0 % 50 < 20 }.map { "\($0)," }
        #expect(try await letters.treeReduce(depth: depth, +) == expected.joined())
        #expect(try await letters.treeAggregate(into: [], depth: depth) { $0.append($1) } combine: { $0 += $1 } == expected)
    }

    @Test func largeResultsThatSpill() async throws {
        let context = try makeContext(
            "local[4]", "martlet.executor.memory=64k", "martlet.shuffle.spill.numElementsForceSpillThreshold=1")
        defer { context.stop() }
        let sums = try await context.range(0, 6400, partitions: 64).treeAggregate(into: [Int](repeating: 0, count: 4000)) {
            $0[$1 % 4000] += $1
        } combine: { sums, other in
            for index in sums.indices { sums[index] += other[index] }
        }
        #expect(sums.reduce(0, +) == 6400 * 6399 / 2 && sums[3999] == 3999 && sums[0] == 4000)
    }

    @Test func failuresNameTheCall() async throws {
        let line = 7
        let error = await failure {
            try await context.range(0, 100, partitions: 100).treeReduce({ left, right in
                if right == 45 { throw Refusal(value: right) }
                return left + right
            }, line: line)
        }
        #expect(error.map { "\($0)" }?.hasPrefix("treeReduce at TreeTests.swift:7 failed in partition 4 of stage") == true, "\(error.map { "\($0)" } ?? "none")")
    }

    @Test(arguments: [0, -1, .min])
    func depthsBelowOne(_ depth: Int) async throws {
        let rdd = context.range(0, 5)
        let text = "at TreeTests.swift:7: a tree has at least 1 level, not \(depth)"
        #expect(await failure { try await rdd.treeReduce(depth: depth, +, line: 7) }.map { "\($0)" } == "treeReduce \(text)")
        let error = await failure { try await rdd.treeAggregate(into: 0, depth: depth, { $0 += $1 }, combine: { $0 += $1 }, line: 7) }
        #expect(error.map { "\($0)" } == "treeAggregate \(text)")
    }

    /// Moved data is released when the action has ended.
    @Test(.localOnly) func nothingStays() async throws {
        _ = try await context.range(0, 1000, partitions: 100).treeReduce(depth: 3, +)
        let shuffles = try #require(context.driver.environment).shuffles
        #expect(await eventually { shuffles.shuffleCount == 0 })
    }
}
