import MartletBlocks
package import MartletCore
package import MartletLineage
import MartletScheduler
package import MartletStatus
import Synchronization

extension Driver {
    /// The table at this moment. Whoever looks at it holds no lock of the scheduler.
    package var statusNow: StatusTable { status.withLock { $0 } }

    /// The stages that run now, oldest first.
    package func runningStages() -> [StageSummary] { statusNow.runningStages.values.sorted { $0.id < $1.id } }

    package var isStopped: Bool { state.withLock { $0.isStopped } }

    /// The running and remembered jobs that satisfy the predicate, in the order of their ids.
    package func jobs(where isMeant: (JobSummary) -> Bool) -> [JobID] {
        let table = statusNow
        return (table.runningJobs.values.filter(isMeant) + table.endedJobs.all.filter(isMeant)).map(\.id).sorted()
    }

    /// The current executors, in the order of their ids.
    package var executors: [ExecutorSummary] {
        statusNow.executors.values.sorted { $0.id < $1.id }
    }

    package var activeJobs: [JobID] { statusNow.runningJobs.keys.sorted() }

    package func summary(of job: JobID) -> JobSummary? {
        status.withLock { $0.job(job) }
    }

    package func summary(of stage: StageID) -> StageSummary? {
        status.withLock { $0.stage(stage) }
    }

    /// Tracks a node whose partitions are to be cached.
    package func remember(_ lineage: LineageNode) { persisted.withLock { $0[lineage.id] = WeakLineage(lineage) } }

    /// Drops the cached partitions of an RDD.
    package func forgetCache(of rdd: RDDID) {
        persisted.withLock { _ = $0.removeValue(forKey: rdd) }
        post(.blocksRemoved(rdd))
        tell(.rddUnpersisted(rdd))
    }

    /// Has executors drop their copies of a broadcast value.
    package func forget(_ broadcast: BroadcastID) { post(.broadcastsRemoved([broadcast])) }

    /// Drops a destroyed broadcast value, which no task may read any more.
    package func forget(_ broadcast: DestroyedBroadcast) { post(.broadcastDestroyed(broadcast)) }

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
