package import MartletBlocks
package import MartletCore

/// The kept partitions of other executors. All calls may block.
package protocol RemoteBlocks: Sendable {
    /// Begins to read a partition that another executor keeps; nil where there is none that can be asked.
    func open(_ id: BlockID) -> RemoteBlock?

    /// What an executor sent of a partition could not be read: it is not asked for that partition again.
    func avoid(_ executor: Int, for id: BlockID)

    /// Has as many other executors keep copies of a partition as its level says, as far as there are some that can.
    ///
    /// - Returns: what they keep now, and what had to make room for it.
    func copy(_ partition: CopiedPartition) -> [CopyUpdate]

    /// The partitions of an RDD are not to be kept any more.
    func forget(_ rdd: RDDID)
}

/// A partition that was stored, and is to be stored on other executors as well.
package struct CopiedPartition: Sendable {
    package let id: BlockID
    package let level: StorageLevel
    package let element: ElementType
}

/// What another executor keeps, or keeps no longer, since it was asked for a copy.
package struct CopyUpdate: Sendable {
    package let executor: ExecutorID
    package let update: BlockUpdate

    package init(executor: ExecutorID, update: BlockUpdate) {
        self.executor = executor
        self.update = update
    }
}
