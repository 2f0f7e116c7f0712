import Glibc
import Martlet
import MartletStatistics
import TestSupport
import Testing

/// Actions that are cancelled at any moment, in the ways in which programs do it: none hangs, and the next one works.
///
/// The runtime cancels while it holds a lock of the Swift task, which a resumption takes too (D2). `MARTLET_SEED=n` replays
/// the choices of one run, `MARTLET_NIGHTLY=1` cancels 100,000 actions in each mode.
@Suite struct CancelledActionsTests {
    private static let seed = number("MARTLET_SEED") ?? 1
    private static let count = number("MARTLET_NIGHTLY") == nil ? (testMaster == nil ? 5_000 : 500) : 100_000

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    private static let masters = testMaster == nil ? ["local[2]", "local[8]"] : ["local[2]"]

    @Test(.timeLimit(.minutes(60)), arguments: masters)
    func cancelled(_ master: String) async throws {
        let context = try makeContext(master)
        let numbers = context.range(0, 400, partitions: 4)
        let shuffled = numbers.map { ($0 % 7, $0) }.reduceByKey(partitions: 2, +)
        var generator = SeededGenerator(seed: Self.seed)
        var finished = 0
        for index in 0..<Self.count {
            let kind = Action.allCases[index % Action.allCases.count]
            let way = Way.allCases[Int(generator.next() % UInt64(Way.allCases.count))]
            let turns = Int(generator.next() % 200)
            finished += await way.cancel(after: turns) { try await kind.run(context, numbers, shuffled) }
        }
        #expect(finished <= Self.count)
        #expect(try await numbers.sum() == 79_800, "the context works afterwards")
        #expect(await eventually { context.driver.isIdle })
        #expect(context.statusTracker.activeJobIDs == [])
    }

    /// The action that is cancelled.
    enum Action: CaseIterable {
        case count, collect, take, iterate, iterateAhead, parallelMap, approximate, shuffle, submit

        func run(_ context: MartletContext, _ numbers: RDD<Int>, _ shuffled: RDD<(Int, Int)>) async throws {
            switch self {
            case .count: _ = try await numbers.count()
            case .collect: _ = try await numbers.map { $0 + 1 }.collect()
            case .take: _ = try await numbers.filter { $0 > 350 }.take(10)
            case .iterate: for try await _ in numbers.toLocalIterator() {}
            case .iterateAhead: for try await _ in numbers.toLocalIterator(prefetch: true) {}
            case .parallelMap: _ = try await context.parallelMap(0..<8) { $0 * 2 }
            case .approximate: _ = try await numbers.countApprox(timeout: .seconds(60)).finalValue
            case .shuffle: _ = try await shuffled.mapValues { $0 + 1 }.collect()
            case .submit: _ = try await context.submit { 1 }.value
            }
        }
    }

    /// The way in which it is cancelled.
    enum Way: CaseIterable {
        /// The first of two in a group, then `cancelAll`.
        case firstOfTwo
        /// An `async let` that is never awaited.
        case notAwaited
        /// Another thread cancels the task.
        case fromElsewhere
        /// The task cancels itself before it calls the action.
        case before

        /// - Parameter turns: how many turns of the scheduler to wait before.
        /// - Returns: 1 if the action completes.
        func cancel(after turns: Int, _ action: @escaping @Sendable () async throws -> Void) async -> Int {
            switch self {
            case .firstOfTwo:
                return await withTaskGroup(of: Int.self) { group in
                    group.addTask { await ended(action) }
                    group.addTask { await ended(action) }
                    let first = await group.next() ?? 0
                    group.cancelAll()
                    return first
                }
            case .notAwaited:
                async let _ = ended(action)
                for _ in 0..<turns { await Task.yield() }
                return 0
            case .fromElsewhere:
                let task = Task { await ended(action) }
                for _ in 0..<turns { sched_yield() }
                task.cancel()
                return await task.value
            case .before:
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await ended(action)
                }
                return await task.value
            }
        }

        private func ended(_ action: @Sendable () async throws -> Void) async -> Int {
            do {
                try await action()
                return 1
            } catch {
                #expect(error is CancellationError, "\(error)")
                return 0
            }
        }
    }
}
