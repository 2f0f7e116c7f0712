import MartletThreads
import Synchronization

/// Threads that fetch ahead, shared by all readers of a process. They start with the first work and end with this object.
///
/// A reader never depends on them: it performs work that no thread has begun.
package final class FetchPool: Sendable {
    private let threadCount: Int
    private let queue = Monitor(Queue())

    private struct Queue: Sendable {
        var work: [@Sendable () -> Void] = []
        /// The index of the next work to take.
        var next = 0
        var hasStarted = false
        var hasEnded = false

        mutating func take() -> (@Sendable () -> Void)? {
            guard next < work.count else { return nil }
            defer {
                next += 1
                if next == work.count { (work, next) = ([], 0) }
            }
            return work[next]
        }
    }

    /// - Units: address space of a thread; only used pages take memory.
    private static var stackBytes: Int { 1 << 20 }

    /// - Parameter threads: the number of concurrent fetches; with 0, readers fetch on demand.
    package init(threads: Int = 8) { threadCount = max(0, threads) }

    deinit { queue.change(waking: .max) { $0.hasEnded = true } }

    /// Queues work for the next free thread. Work that is still queued when the pool ends is dropped.
    func add(_ work: @escaping @Sendable () -> Void) {
        guard threadCount > 0 else { return }
        var isFirst = false
        queue.change(waking: 1) { queue in
            queue.work.append(work)
            isFirst = !queue.hasStarted
            queue.hasStarted = true
        }
        guard isFirst else { return }
        for number in 0..<threadCount {
            startDetachedThread("fetcher \(number)", stackBytes: Self.stackBytes) { [queue] in Self.run(queue) }
        }
    }

    private static func run(_ queue: Monitor<Queue>) {
        while true {
            let work: (@Sendable () -> Void)?? = queue.wait { queue in
                if queue.hasEnded { return .some(nil) }
                return queue.take().map { .some($0) }
            }
            guard let work, let work else { return }
            work()
        }
    }

    /// Calls `body` with each index, on this thread and on free ones, and returns when all calls have.
    package func forEach(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let next = Turns()
        let ended = Monitor(0)
        let run: @Sendable () -> Void = {
            while true {
                let index = next.take()
                guard index < count else { return }
                body(index)
                ended.change(waking: .max) { $0 += 1 }
            }
        }
        for _ in 0..<max(0, min(threadCount, count - 1)) { add(run) }
        run()
        ended.wait { $0 == count ? () : nil }
    }
}

/// Hands out numbers from 0 on.
private final class Turns: Sendable {
    private let next = Atomic<Int>(0)
    func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
}
