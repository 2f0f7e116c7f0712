internal import CMartletRuntime
package import MartletBlocks
package import MartletCore
package import MartletShuffle

/// What tasks of this process share.
package struct ExecutorEnvironment: Sendable {
    package let settings: Settings
    package let blocks: MemoryStore
    package let disk: DiskStore
    package let shuffles: ShuffleStore
    /// Where what does not fit into memory goes.
    package let scratch: ScratchSpace
    /// Tasks that run at the same time.
    package let slots: Int

    package init(settings: Settings, slots: Int) {
        self.settings = settings
        self.slots = slots
        let capacity = settings[.executorMemory] ?? martlet_available_memory() / 4 * 3
        scratch = ScratchSpace(settings)
        scratch.removeAbandoned()
        disk = DiskStore(scratch)
        blocks = MemoryStore(
            MemoryLedger(capacity: capacity, storageFraction: settings[.storageFraction]), disk: disk)
        shuffles = ShuffleStore()
    }

    package var batchBytes: Int { settings[.batchBytes] }
}

extension ExecutorEnvironment {
    /// For partitions that are kept in memory as encoded bytes.
    func makePageList() -> PageList {
        settings[.compressesBlocks] ? PageList(encoder: scratch.makeEncoder()) : PageList()
    }
}
