package import MartletBlocks
package import MartletCore

/// The cached partitions of other executors. All calls may block.
package protocol RemoteBlocks: Sendable {
    /// Begins to read a partition that another executor caches; nil if no holder can be asked.
    func open(_ id: BlockID) -> RemoteBlock?

    /// Excludes an executor that failed to deliver a readable partition: it is not asked for that partition again.
    func avoid(_ executor: ExecutorID, for id: BlockID)

    /// Replicates a partition to as many other executors as its level requires, as far as they can store it.
    ///
    /// - Returns: their block updates: the new copies, and partitions evicted to make room.
    func copy(_ partition: CopiedPartition) -> [CopyUpdate]

    /// Called when the partitions of an RDD are no longer cached.
    func forget(_ rdd: RDDID)
}

/// A stored partition that must be replicated to other executors.
package struct CopiedPartition: Sendable {
    package let id: BlockID
    package let level: StorageLevel
    package let element: ElementType

    package init(id: BlockID, level: StorageLevel, element: ElementType) {
        (self.id, self.level, self.element) = (id, level, element)
    }
}

/// A block that another executor stored or dropped because it was asked for a copy.
package struct CopyUpdate: Sendable {
    package let executor: ExecutorID
    package let update: BlockUpdate

    package init(executor: ExecutorID, update: BlockUpdate) {
        self.executor = executor
        self.update = update
    }
}
