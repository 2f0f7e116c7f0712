import MartletClusterClient
package import MartletClusterState
package import MartletCore
package import MartletScheduler
import MartletThreads
import Synchronization

/// Provides executors as processes of this program on this machine.
package final class LocalProcesses: ExecutorProvider {
    private let slots: Int
    private let state = Mutex(State())
    /// Processes that have not ended.
    private let running = Monitor(0)

    private struct State: Sendable {
        var driver: (address: ClusterAddress, secret: ClusterSecret, tell: @Sendable (DriverCore.Event) -> Void)?
        var processes: [ExecutorID: ExecutorProcess] = [:]
        var isStopped = false
    }

    /// - Parameter slots: slots of each executor.
    package init(slots: Int) { self.slots = slots }

    package func begin(_ driver: ClusterAddress, _ secret: ClusterSecret, tell: @escaping @Sendable (DriverCore.Event) -> Void) {
        state.withLock { $0.driver = (driver, secret, tell) }
    }

    package func start(_ id: ExecutorID) {
        guard let driver = state.withLock({ $0.isStopped ? nil : $0.driver }) else { return }
        let role = ExecutorRole(id: id, driver: driver.address, secret: driver.secret, host: driver.address.host, slots: slots)
        running.change(waking: .max) { $0 += 1 }
        do throws(ProcessStartError) {
            let process = try ExecutorProcess(role) { [weak self] end, words in
                let reason = "its process \(end.reason(words))"
                self?.ended(id)
                driver.tell(.exited(id, reason: reason, isFault: true))
            }
            let isStopped = state.withLock { state in
                // It may have ended already.
                if !process.hasEnded { state.processes[id] = process }
                return state.isStopped
            }
            if isStopped { process.kill() }
        } catch {
            running.change(waking: .max) { $0 -= 1 }
            driver.tell(.startFailed(id, reason: "\(error)"))
        }
    }

    private func ended(_ id: ExecutorID) {
        state.withLock { $0.processes[id] = nil }
        running.change(waking: .max) { $0 -= 1 }
    }

    package func kill(_ id: ExecutorID) { state.withLock { $0.processes[id] }?.kill() }

    package func endStarts() { state.withLock { $0.isStopped = true } }

    package func stop() {
        let processes = state.withLock { state in
            state.isStopped = true
            return Array(state.processes.values)
        }
        for process in processes { process.kill() }
        _ = running.wait(atMost: .seconds(10), for: { $0 == 0 ? () : nil })
    }
}
