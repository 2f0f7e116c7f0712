import MartletBlocks
package import MartletCore

/// A cached partition cannot be read. It has been dropped, or is not asked for again where another executor keeps it: the task is
/// to run again, which computes it.
package struct LostBlock: EngineFailure, CustomStringConvertible {
    package let id: BlockID
    /// Names the file and the place, where there is one.
    package let cause: any Error

    package var description: String {
        "cached partition \(id.partition) of RDD \(id.rdd) cannot be read and is dropped: \(cause)"
    }
}
