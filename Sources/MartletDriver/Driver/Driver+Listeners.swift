import Glibc
import MartletBlocks
import MartletCore
import MartletScheduler
package import MartletStatus
import MartletThreads
import Synchronization

extension Driver {
    package func add(_ listener: any MartletListener, of application: ApplicationSummary) {
        state.withLock { state in
            if state.isStopped { return }
            let executors = status.withLock { $0.executors.values }.sorted { $0.id < $1.id }
            state.bus.add(listener, [.applicationStarted(application)] + executors.map { .executorAdded($0) })
        }
    }

    /// Waits until the listener has received all events posted before.
    package func remove(_ listener: any MartletListener) {
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

    package func writeWarning(_ text: String) {
        var line = "martlet: \(text)\n"
        line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }
}
