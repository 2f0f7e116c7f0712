import Glibc
import MartletBlocks
import MartletCore
import MartletExecutor
import MartletScheduler
import MartletStatus
import MartletThreads
import Synchronization

extension Driver {
    func add(_ listener: any MartletListener, of application: ApplicationSummary) {
        state.withLock { state in
            if state.isStopped { return }
            let executors = status.withLock { $0.executors.values }.sorted { $0.id < $1.id }
            state.bus.add(listener, [.applicationStarted(application)] + executors.map { .executorAdded($0) })
        }
    }

    /// Waits until the listener has received all events posted before.
    func remove(_ listener: any MartletListener) {
        let member = state.withLock { $0.bus.remove(listener) }
        member?.queue.waitUntilDelivered()
    }

    /// Posts an event that does not involve the scheduler.
    func tell(_ event: StatusEvent) {
        let warnings = state.withLock { state in
            emit(event, &state)
            return state.bus.takeWarnings()
        }
        for warning in warnings { writeWarning(warning) }
    }

    func closeListeners() {
        let members = state.withLock { $0.bus.removeAll() }
        for member in members { member.queue.waitUntilDelivered() }
    }

    /// Waits until every listener has received all events posted so far: for tests.
    package func waitUntilListenersAreTold() {
        let members = state.withLock { $0.bus.members }
        for member in members { member.queue.waitUntilDelivered() }
    }

    package var droppedEventCount: Int { state.withLock { $0.bus.droppedCount } }

    func writeWarning(_ text: String) {
        var line = "martlet: \(text)\n"
        line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }
}

extension MartletContext {
    /// Registers a listener for all events from now on; in Spark's terms, `addSparkListener`. The context keeps the listener
    /// alive until it is removed or the context is stopped. Adding it twice has no effect.
    ///
    ///     import Synchronization
    ///
    ///     final class JobCounter: MartletListener {
    ///         let count = Atomic<Int>(0)
    ///         func onJobEnd(_ job: JobSummary) { count.add(1, ordering: .relaxed) }
    ///     }
    ///
    ///     let counter = JobCounter()
    ///     context.addListener(counter)
    ///     try await context.range(0, 10).count()   // 10
    ///     context.removeListener(counter)
    ///     counter.count.load(ordering: .relaxed)   // 1
    public func addListener(_ listener: any MartletListener) { driver.add(listener, of: summary) }

    /// Unregisters a listener. Returns when it has received all earlier events, unless a listener calls this.
    ///
    ///     final class Silent: MartletListener {}
    ///     let listener = Silent()
    ///     context.addListener(listener)
    ///     context.removeListener(listener)
    ///     context.droppedListenerEventCount   // 0
    public func removeListener(_ listener: any MartletListener) { driver.remove(listener) }

    /// The number of events that were dropped because listeners were too slow.
    public var droppedListenerEventCount: Int { driver.droppedEventCount }
}
