public import MartletBlocks
public import MartletCore

/// Map outputs that a reduce task needs are not there.
public struct MissingMapOutput: EngineFailure, Hashable, CustomStringConvertible {
    public let shuffle: ShuffleID
    public let maps: [Int]
    /// The version of the places where they were looked for; nil for outputs of this process. Who has newer places knows of
    /// the loss already.
    package let version: Int?
    /// What went wrong with the first of them, where that is known.
    package let cause: MapOutputLoss?

    package init(shuffle: ShuffleID, maps: [Int], version: Int? = nil, cause: MapOutputLoss? = nil) {
        self.shuffle = shuffle
        self.maps = maps
        self.version = version
        self.cause = cause
    }

    public var description: String {
        "shuffle \(shuffle) lacks the output of \(maps.count) map tasks, first \(maps.first ?? 0)"
            + (cause.map { ": \($0)" } ?? "")
    }
}
