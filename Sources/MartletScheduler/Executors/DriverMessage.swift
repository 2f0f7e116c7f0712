package import MartletCore

/// Names what is installed on an executor to run the tasks of a stage. Whoever sends the message attaches the bytes.
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
    /// What has to be installed for it.
    package var program: ProgramKey { ProgramKey(job: attempt.job, planStage: planStage) }
}

/// A map output: a file in the scratch directory of its executor.
package struct MapOutputStatus: Hashable, Sendable {
    /// Where it is on its host.
    package let path: String

    /// What it takes on disk, and how many rows it has.
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

    /// Who has it.
    package let executor: ExecutorID

    /// The file.
    package let output: MapOutputStatus

    /// How many rows the first output of the map had. Where that is another number, the map does not give the same rows when it
    /// is run again.
    package let firstRecordCount: Int

    package init(map: Int, executor: ExecutorID, output: MapOutputStatus, firstRecordCount: Int) {
        self.map = map
        self.executor = executor
        self.output = output
        self.firstRecordCount = firstRecordCount
    }
}

/// Where an executor answers other executors.
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

/// What the driver tells an executor. Messages arrive once and in order (`ReliableLink`).
package enum DriverMessage: Hashable, Sendable {
    /// The program of a stage comes with this message.
    case install(ProgramKey)

    /// These programs are not used any more; no attempt of them is on the executor.
    case forget([ProgramKey])

    /// Run these attempts in this order. Their program, and what is known of the outputs they read, came before.
    case launch(ProgramKey, [TaskLaunch])

    /// Stop these attempts, whether they run or wait; each is still to be reported.
    case cancel([TaskID])

    /// The outputs of a shuffle that exist, in the order of maps; takes the place of older versions.
    case mapOutputs(ShuffleID, version: Int, mapCount: Int, [MapOutputLocation])

    /// Nobody reads these shuffles any more: their files and locations go.
    case removeShuffles([ShuffleID])

    /// The partitions of an RDD are not to be kept any more.
    case removeBlocks(RDDID)

    /// These partitions were kept too late: their RDD was not to be kept any more.
    case dropBlocks([BlockID])

    /// Nobody reads these broadcast values now: they go, and come again with a program that needs them.
    case removeBroadcasts([BroadcastID])

    /// Nobody may read a broadcast value any more: tasks that do fail.
    case destroyBroadcast(DestroyedBroadcast)

    /// All executors that there are now, the receiver included.
    case executors([ExecutorAddress])

    /// Stop what runs, and exit.
    case stop(reason: String)
}
