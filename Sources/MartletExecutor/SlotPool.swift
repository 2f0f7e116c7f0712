import Glibc
import Synchronization

/// The threads that run tasks: one for each slot, started once.
///
/// User code, disk and compression run here and nowhere else, so they never hold up Swift's cooperative pool.
package final class SlotPool: Sendable {
    package typealias Work = @Sendable () -> Void
    private let state: Mutex<State>
    private let wake: Condition

    private struct State: Sendable {
        var queue: [Work] = []
        var next = 0
        var isStopping = false
        var running: Int
    }

    /// - Parameter slots: how many threads.
    package init(slots: Int) {
        state = Mutex(State(running: slots))
        wake = Condition()
        for slot in 0..<slots { startThread(slot) }
    }

    /// Runs each piece of work once, in order, on the next free thread.
    package func enqueue(_ work: [Work]) {
        wake.lock()
        state.withLock { $0.queue += work }
        wake.unlock(signal: work.count)
    }

    /// Lets the threads end once the queue is empty. Does not wait for them.
    package func stop() {
        wake.lock()
        state.withLock { $0.isStopping = true }
        wake.unlock(signal: .max)
    }

    private func next() -> Work? {
        wake.lock()
        while true {
            let (work, isStopping) = state.withLock { state -> (Work?, Bool) in
                guard state.next < state.queue.count else { return (nil, state.isStopping) }
                let work = state.queue[state.next]
                state.next += 1
                if state.next == state.queue.count {
                    state.queue.removeAll(keepingCapacity: true)
                    state.next = 0
                }
                return (work, false)
            }
            if work != nil || isStopping {
                wake.unlock(signal: 0)
                return work
            }
            wake.wait()
        }
    }

    private func startThread(_ slot: Int) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let body = Unmanaged.passRetained(Body { [self] in while let work = next() { work() } })
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { raw in
            raw.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
            return nil
        }, body.toOpaque())
        precondition(code == 0, "cannot start the thread of slot \(slot): error \(code)")
        pthread_attr_destroy(&attributes)
    }

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    /// Chains of `mapPartitions` and `flatMap`s call each other; the memory is only used where they do.
    private static var stackBytes: Int { 256 << 20 }
}
