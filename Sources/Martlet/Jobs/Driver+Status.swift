import MartletBlocks
package import MartletCore
package import MartletExecutor
import MartletScheduler
import Synchronization

extension Driver {
    /// The stages that run now, oldest first.
    package func runningStages() -> [RunningStage] {
        state.withLock { state in
            state.stages.values.map { RunningStage(info: $0.info, summary: $0.summary) }
        }.sorted { $0.info.id < $1.info.id }
    }

    package var isStopped: Bool { state.withLock { $0.isStopped } }

    /// The running and remembered jobs that satisfy the predicate, in the order of their ids.
    package func jobs(where isMeant: (JobSummary) -> Bool) -> [JobID] {
        state.withLock { state in
            (state.status.runningJobs.values.filter(isMeant) + state.status.endedJobs.all.filter(isMeant)).map(\.id)
        }.sorted()
    }

    /// The current executors, in the order of their ids.
    package var executors: [ExecutorSummary] {
        state.withLock { Array($0.status.executors.values) }.sorted { $0.id < $1.id }
    }

    package var activeJobs: [JobID] { state.withLock { $0.status.runningJobs.keys.sorted() } }

    package func summary(of job: JobID) -> JobSummary? {
        state.withLock { $0.status.runningJobs[job] ?? $0.status.endedJobs[job] }
    }

    package func summary(of stage: StageID) -> StageSummary? {
        state.withLock { $0.stages[stage]?.summary ?? $0.status.endedStages[stage] }
    }

    /// Tracks a node whose partitions are to be cached.
    package func remember(_ lineage: LineageNode) { persisted.withLock { $0[lineage.id] = WeakLineage(lineage) } }

    /// Drops the cached partitions of an RDD.
    package func forgetCache(of rdd: RDDID) {
        persisted.withLock { _ = $0.removeValue(forKey: rdd) }
        post(.blocksRemoved(rdd))
        tell(.unpersistRDD(rdd))
    }

    /// Has executors drop their copies of a broadcast value.
    package func forget(_ broadcast: BroadcastID) { post(.broadcastsRemoved([broadcast])) }

    /// Drops a destroyed broadcast value, which no task may read any more.
    func forget(_ broadcast: DestroyedBroadcast) { post(.broadcastDestroyed(broadcast)) }

    /// The cached partitions of the persistent RDDs.
    package func storage() -> [StorageSummary] {
        // Releasing a node takes the lock again.
        let nodes = persisted.withLock { $0.values.compactMap(\.node) }
        return nodes.map { StorageSummary($0, cached) }.sorted { $0.id < $1.id }
    }
}

/// A node that is released with the last RDD that refers to it.
struct WeakLineage: Sendable {
    weak let node: LineageNode?
    init(_ node: LineageNode) { self.node = node }
}
