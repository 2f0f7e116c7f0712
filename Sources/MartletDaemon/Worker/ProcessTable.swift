import MartletClusterState
import MartletCore
import MartletThreads

/// The processes of a worker that have not ended, for the threads that look after them.
final class ProcessTable: Sendable {
    private let processes = Monitor<[WorkID: WorkProcess]>([:])

    func add(_ process: WorkProcess) { processes.change(waking: 0) { $0[process.work] = process } }

    func remove(_ process: WorkProcess) {
        processes.change(waking: .max) { if $0[process.work] === process { $0[process.work] = nil } }
    }

    subscript(work: WorkID) -> WorkProcess? {
        var found: WorkProcess?
        processes.change(waking: 0) { found = $0[work] }
        return found
    }

    var all: [WorkProcess] {
        var found: [WorkProcess] = []
        processes.change(waking: 0) { found = Array($0.values) }
        return found
    }

    /// Waits until all have ended.
    /// - Returns: whether they have.
    func waitUntilEmpty(atMost limit: Duration) -> Bool { processes.wait(atMost: limit) { $0.isEmpty ? () : nil } != nil }

    /// Kills what is late, and what uses too much memory. Once a second.
    func look(at now: Instant) {
        let processes = all.compactMap { process in process.pid.map { (process, Int($0)) } }
        if processes.isEmpty { return }
        let memory = ProcessMemory.now()
        for (process, pid) in processes {
            process.endIfLate(at: now)
            let limit = MemoryLimit(of: process.launch.resources).bytes
            process.uses(memory.bytes(ofGroup: pid, atLeast: limit))
        }
    }
}
