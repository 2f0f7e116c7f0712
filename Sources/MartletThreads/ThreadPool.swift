import CMartletRuntime
import Synchronization

/// Threads that are started once and run work in the order of its arrival.
///
/// User code, disk and compression run on such threads and nowhere else, so they never hold up Swift's cooperative pool.
package final class ThreadPool: Sendable {
    package typealias Work = @Sendable () -> Void
    private let monitor = Monitor(State())
    private let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    private static let nextID = Atomic(0)

    /// The pool whose work the code belongs to. Swift tasks that such work has started inherit it.
    @TaskLocal private static var current: Place?

    private struct Place: Sendable {
        let pool, thread: Int
    }

    /// Whether the calling code is part of this pool's work. If it waits for more of the pool's work, it may wait for ever.
    package var isAround: Bool { Self.current?.pool == id }

    /// Which of a pool's threads runs the calling code, counted from 0; nil outside of pools.
    package static var currentThread: Int? { current?.thread }

    private struct State: Sendable {
        /// Work that was taken is moved out: releasing it may release a lineage, which must not happen under the lock.
        var queue: [Work?] = []
        /// The first piece of the queue that no thread has taken.
        var next = 0
        var isStopping = false

        /// The next piece of work, or `.stop` once there is none left and none will come; nil to wait.
        mutating func take() -> Order? {
            guard next < queue.count else { return isStopping ? .stop : nil }
            let work = queue[next].take()
            next += 1
            if next == queue.count {
                queue.removeAll(keepingCapacity: true)
                next = 0
            }
            return work.map { .run($0) }
        }
    }

    private enum Order {
        case run(Work)
        case stop
    }

    /// - Parameters:
    ///   - name: what the threads are for, for messages.
    ///   - threads: how many there are.
    ///   - stackBytes: address space for each stack, of which only the used part takes memory. Chains of `mapPartitions` and
    ///     `flatMap`s call each other, and values of users are decoded and released by recursion: the stack is large.
    package init(_ name: String, threads: Int, stackBytes: Int = 256 << 20) {
        for number in 0..<threads { startThread("\(name) \(number)", number, stackBytes) }
    }

    /// Runs each piece of work once, in order, on the next free thread.
    package func enqueue(_ work: [Work]) {
        monitor.change(waking: work.count) { state in for piece in work { state.queue.append(piece) } }
    }

    /// Lets the threads end once the queue is empty. Does not wait for them.
    package func stop() {
        monitor.change(waking: .max) { $0.isStopping = true }
    }

    private func startThread(_ name: String, _ number: Int, _ stackBytes: Int) {
        martlet_watch_crashes()
        startDetachedThread(name, stackBytes: stackBytes) { [monitor, id] in
            martlet_begin_thread()
            defer { martlet_end_thread() }
            Self.$current.withValue(Place(pool: id, thread: number)) {
                while case .run(let work) = monitor.wait(for: { $0.take() }) { work() }
            }
        }
    }
}
