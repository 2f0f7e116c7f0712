internal import CMartletRuntime
package import MartletBlocks
package import MartletCore
package import MartletShuffle

/// The resources that tasks of this process share.
package final class ExecutorEnvironment: Sendable {
    package let settings: Settings
    // Looking up a setting costs more than a small task.
    package let batchBytes: Int
    package let combineBytes: Int
    let spillEvery: Int?
    package let blocks: MemoryStore
    package let disk: DiskStore
    package let shuffles: ShuffleStore
    /// Where data that does not fit into memory is spilled.
    package let scratch: ScratchSpace
    /// The cached partitions of other executors; nil if there are no other executors.
    package let remoteBlocks: (any RemoteBlocks)?
    /// Tasks that run at the same time.
    package let slots: Int

    /// - Parameter remote: how to reach other executors; nil if there are none.
    package init(
        settings: Settings, slots: Int, remote: RemoteAccess? = nil, remoteBlocks: (any RemoteBlocks)? = nil
    ) {
        self.settings = settings
        batchBytes = settings[.batchBytes]
        combineBytes = settings[.combineBytes]
        spillEvery = settings[.spillEvery]
        self.slots = slots
        self.remoteBlocks = remoteBlocks
        let capacity = settings[.executorMemory] ?? martlet_available_memory() / 4 * 3
        scratch = ScratchSpace(settings)
        scratch.removeAbandoned()
        disk = DiskStore(scratch)
        blocks = MemoryStore(
            MemoryLedger(capacity: capacity, storageFraction: settings[.storageFraction]), disk: disk)
        shuffles = remote.map { ShuffleStore(remote: $0) } ?? ShuffleStore()
    }
}

extension ExecutorEnvironment {
    /// Removes a cached partition. Tasks that read it continue.
    package func drop(_ id: BlockID) {
        if let block = blocks.block(id) { blocks.remove(block, of: id) }
        if let block = disk.block(id) { disk.remove(block, of: id) }
    }

    /// Where an evicted partition is now: perhaps on disk.
    package func update(of eviction: Eviction) -> BlockUpdate {
        BlockUpdate(id: eviction.id, diskBytes: disk.block(eviction.id)?.byteCount ?? 0)
    }

    /// A page list for partitions that are cached in memory as encoded bytes.
    package func makePageList() -> PageList {
        settings[.compressesBlocks] ? PageList(encoder: scratch.makeEncoder()) : PageList()
    }
}
