import MartletBlocks
package import MartletCore

/// A cached partition cannot be read. It has been dropped or, if another executor caches it, is not fetched from there again:
/// the task must be retried, which recomputes the partition.
package struct LostBlock: EngineFailure, CustomStringConvertible {
    package let id: BlockID
    /// Names the file and the place, where there is one.
    package let cause: any Error

    package var description: String {
        "cached partition \(id.partition) of RDD \(id.rdd) cannot be read and is dropped: \(cause)"
    }
}
