public import MartletCore

/// One stage of a job: the work between two shuffles, done by one task per partition.
public struct StagePlan: Sendable, Equatable {
    /// Place among the stages of the job. Parents have smaller indexes.
    public let index: Int

    /// What its tasks produce.
    public let output: StageOutput

    /// The RDD whose partitions its tasks compute.
    public let root: RDDID

    /// The RDDs that one task computes in a pipeline, parents first, `root` last.
    public let nodes: [RDDID]

    /// The partitions of `root` to compute.
    public let tasks: TaskPartitions

    /// Every shuffle that its nodes read, in the order of the stages that write them.
    public let parents: [ShuffleID]

    /// The members of `parents` that are read although cached RDDs are not recomputed.
    public let neededParents: [ShuffleID]
}

/// What the tasks of a stage produce.
public enum StageOutput: Sendable, Hashable {
    /// One map output per task.
    case shuffle(ShuffleID)

    /// The results of the job, one per task.
    case result
}

/// The partitions that the tasks of a stage compute: task i computes the i-th.
public enum TaskPartitions: Sendable, Equatable {
    /// Every partition from 0 on.
    case all(count: Int)

    /// A choice of partitions, such as the first one for `first()`.
    case listed([Int])

    /// Number of tasks.
    public var count: Int {
        switch self {
        case .all(let count): count
        case .listed(let partitions): partitions.count
        }
    }

    /// The partition that a task computes.
    public subscript(task: Int) -> Int {
        switch self {
        case .all: task
        case .listed(let partitions): partitions[task]
        }
    }
}
