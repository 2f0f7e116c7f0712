import MartletBlocks
package import MartletCore
import MartletScheduler
import Synchronization

extension Driver {
    static var callerCancelled: String { "the calling task was cancelled" }
    static var contextStopped: String { "the context was stopped" }
    package static func cancelledGroup(_ group: String) -> String { "job group \(group) was cancelled" }

    package func cancel(_ job: JobID, reason: String) { post(.jobCancelled(job, reason: reason)) }

    package func cancel(_ stage: StageID, reason: String) { post(.stageCancelled(stage, reason: reason)) }

    /// Cancels the running jobs that satisfy the predicate, oldest first.
    package func cancel(where isMeant: (JobProperties) -> Bool, reason: String) {
        let meant = state.withLock { state in
            state.jobs.values.filter { isMeant($0.properties) }.map(\.id).sorted()
        }
        for id in meant { post(.jobCancelled(id, reason: reason)) }
    }

    /// Refuses future jobs of a group. Only the most recently named groups are remembered.
    package func refuseJobs(of group: String) {
        state.withLock { state in
            state.cancelledGroups.removeAll { $0 == group }
            state.cancelledGroups.append(group)
            if state.cancelledGroups.count > Self.rememberedGroupCount { state.cancelledGroups.removeFirst() }
        }
    }

    /// Stops one attempt of a task, which is then retried if its stage still needs it.
    ///
    /// - Returns: whether the attempt was running.
    package func kill(_ task: TaskID) -> Bool {
        post(.taskKilled(task), prepare: { $0.core.isRunning(task) })
    }

    static var rememberedGroupCount: Int { 1000 }
}
