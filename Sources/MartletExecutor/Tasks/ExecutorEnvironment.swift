internal import CMartletRuntime
package import MartletBlocks
package import MartletCore
package import MartletShuffle

/// What tasks of this process share.
package final class ExecutorEnvironment: Sendable {
    package let settings: Settings
    // To look a setting up costs more than a small task does.
    package let batchBytes: Int
    package let combineBytes: Int
    let spillEvery: Int?
    package let blocks: MemoryStore
    package let disk: DiskStore
    package let shuffles: ShuffleStore
    /// Where what does not fit into memory goes.
    package let scratch: ScratchSpace
    /// What other executors keep; nil where there are none.
    package let remoteBlocks: (any RemoteBlocks)?
    /// Tasks that run at the same time.
    package let slots: Int

    /// - Parameter remote: how other executors are reached; nil where there are none.
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
    /// Removes a kept partition. Tasks that read it go on.
    package func drop(_ id: BlockID) {
        if let block = blocks.block(id) { blocks.remove(block, of: id) }
        if let block = disk.block(id) { disk.remove(block, of: id) }
    }

    /// Where a partition is that had to leave memory: perhaps on disk.
    func update(of eviction: Eviction) -> BlockUpdate {
        BlockUpdate(id: eviction.id, diskBytes: disk.block(eviction.id)?.byteCount ?? 0)
    }

    /// For partitions that are kept in memory as encoded bytes.
    func makePageList() -> PageList {
        settings[.compressesBlocks] ? PageList(encoder: scratch.makeEncoder()) : PageList()
    }
}
