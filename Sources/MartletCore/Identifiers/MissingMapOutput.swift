/// Map outputs that a reduce task needs are missing. The reader throws it, and its task fails with it.
package struct MissingMapOutput: Error, Hashable, CustomStringConvertible {
    /// The shuffle that the task reads.
    package let shuffle: ShuffleID
    /// The map tasks whose outputs are missing.
    package let maps: [Int]
    /// The version of the places that were searched; nil for outputs of this process. A receiver with newer places
    /// already knows of the loss.
    package let version: Int?
    /// The cause of the first loss, if known.
    package private(set) var cause: MapOutputLoss?

    package init(shuffle: ShuffleID, maps: [Int], version: Int? = nil, cause: MapOutputLoss? = nil) {
        self.shuffle = shuffle
        self.maps = maps
        self.version = version
        self.cause = cause
    }

    /// The same, with the holder of the first loss if the reader could not know it.
    package func held(by holder: (_ map: Int) -> ExecutorID?) -> MissingMapOutput {
        var missing = self
        missing.cause = cause.map { $0.held(by: holder($0.map)) }
        return missing
    }

    /// `shuffle 3 lacks the output of 2 map tasks, first 7: ...`
    package var description: String {
        "shuffle \(shuffle) lacks the output of \(maps.count) map tasks, first \(maps.first ?? 0)"
            + (cause.map { ": \($0)" } ?? "")
    }
}
