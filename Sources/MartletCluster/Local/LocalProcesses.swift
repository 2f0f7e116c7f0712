package import MartletClusterClient
package import MartletCore
package import MartletScheduler
import MartletThreads
import Synchronization

/// Provides executors as processes of this program on this machine.
package final class LocalProcesses: ExecutorProvider {
    private let state = Mutex(State())
    /// Processes that have not ended.
    private let running = Monitor(0)

    private struct State: Sendable {
        var processes: [ExecutorID: ExecutorProcess] = [:]
        var isStopped = false
    }

    package init() {}

    package func start(_ role: ExecutorRole, tell: @escaping @Sendable (DriverCore.Event) -> Void) {
        if state.withLock({ $0.isStopped }) { return }
        running.change(waking: .max) { $0 += 1 }
        do throws(ProcessStartError) {
            let process = try ExecutorProcess(role) { [weak self] end, words in
                let reason = "its process \(end.reason(words))"
                self?.ended(role.id)
                tell(.exited(role.id, reason: reason, isFault: true))
            }
            let isStopped = state.withLock { state in
                // It may have ended already.
                if !process.hasEnded { state.processes[role.id] = process }
                return state.isStopped
            }
            if isStopped { process.kill() }
        } catch {
            running.change(waking: .max) { $0 -= 1 }
            tell(.startFailed(role.id, reason: "\(error)"))
        }
    }

    private func ended(_ id: ExecutorID) {
        state.withLock { $0.processes[id] = nil }
        running.change(waking: .max) { $0 -= 1 }
    }

    package func kill(_ id: ExecutorID) { state.withLock { $0.processes[id] }?.kill() }

    package func stop() {
        let processes = state.withLock { state in
            state.isStopped = true
            return Array(state.processes.values)
        }
        for process in processes { process.kill() }
        _ = running.wait(atMost: .seconds(10), for: { $0 == 0 ? () : nil })
    }
}
