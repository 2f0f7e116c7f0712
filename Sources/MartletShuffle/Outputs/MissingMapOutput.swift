public import MartletBlocks
public import MartletCore

/// Map outputs that a reduce task needs are missing.
public struct MissingMapOutput: EngineFailure, Hashable, CustomStringConvertible {
    public let shuffle: ShuffleID
    public let maps: [Int]
    /// The version of the places that were searched; nil for outputs of this process. A receiver with newer places
    /// already knows of the loss.
    package let version: Int?
    /// The cause of the first loss, if known.
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
