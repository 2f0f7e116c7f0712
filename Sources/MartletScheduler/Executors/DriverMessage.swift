package import MartletCore

/// Names the program that an executor needs to run the tasks of a stage. The sender of the message attaches the bytes.
package struct ProgramKey: Hashable, Sendable, Comparable {
    /// The job whose plan the stage is in.
    package let job: JobID

    /// Index of the stage in that plan.
    package let planStage: Int

    package init(job: JobID, planStage: Int) {
        self.job = job
        self.planStage = planStage
    }

    /// By job, then by stage.
    package static func < (left: ProgramKey, right: ProgramKey) -> Bool {
        (left.job, left.planStage) < (right.job, right.planStage)
    }
}

extension TaskLaunch {
    /// The program that it needs.
    package var program: ProgramKey { ProgramKey(job: attempt.job, planStage: planStage) }
}

/// A map output: a file in the scratch directory of its executor.
package struct MapOutputStatus: Hashable, Sendable {
    /// Its path on its host.
    package let path: String

    /// Its size on disk, and its number of rows.
    package let byteCount, recordCount: Int

    package init(path: String, byteCount: Int, recordCount: Int) {
        self.path = path
        self.byteCount = byteCount
        self.recordCount = recordCount
    }
}

/// Where a map output is.
package struct MapOutputLocation: Hashable, Sendable {
    /// Which map of the shuffle wrote it.
    package let map: Int

    /// The executor that holds it.
    package let executor: ExecutorID

    /// The file.
    package let output: MapOutputStatus

    /// How many rows the first output of the map had. If `output` has another number of rows, a rerun of the map does not give
    /// the same rows.
    package let firstRecordCount: Int

    package init(map: Int, executor: ExecutorID, output: MapOutputStatus, firstRecordCount: Int) {
        self.map = map
        self.executor = executor
        self.output = output
        self.firstRecordCount = firstRecordCount
    }
}

/// The address at which an executor answers other executors.
package struct ExecutorAddress: Hashable, Sendable {
    /// The executor.
    package let id: ExecutorID

    /// Its host, by name or number, and the port there.
    package let host: String
    package let port: Int

    package init(id: ExecutorID, host: String, port: Int) {
        self.id = id
        self.host = host
        self.port = port
    }
}

/// The messages of the driver to an executor. They arrive once and in order (`ReliableLink`).
package enum DriverMessage: Hashable, Sendable {
    /// Install the program of a stage, which travels with this message.
    case install(ProgramKey)

    /// These programs are not used any more; no attempt of them is on the executor.
    case forget([ProgramKey])

    /// Run these attempts in this order. Their program and the known locations of the outputs they read were sent before.
    case launch(ProgramKey, [TaskLaunch])

    /// Stop these attempts, whether they run or wait; each is still to be reported.
    case cancel([TaskID])

    /// The existing outputs of a shuffle, in the order of maps; replaces older versions.
    case mapOutputs(ShuffleID, version: Int, mapCount: Int, [MapOutputLocation])

    /// These shuffles are no longer read: delete their files and locations.
    case removeShuffles([ShuffleID])

    /// The partitions of an RDD are no longer to be cached.
    case removeBlocks(RDDID)

    /// Drop these partitions: they were cached after their RDD ceased to be cached.
    case dropBlocks([BlockID])

    /// No task reads these broadcast values now: release them. A program that needs them brings them again.
    case removeBroadcasts([BroadcastID])

    /// A broadcast value is destroyed: tasks that read it fail.
    case destroyBroadcast(DestroyedBroadcast)

    /// All registered executors, the receiver included.
    case executors([ExecutorAddress])

    /// Stop all attempts, and exit.
    case stop(reason: String)
}
