public import MartletCore
import MartletThreads
import Synchronization

/// The cached partitions of this process, as typed batches, and the ledger of its memory.
///
/// When room is needed, the least recently used partitions are evicted: never one of the RDD that is being stored (its
/// partitions would evict each other), and never one with readers (its memory would not be freed). Partitions whose storage
/// level uses the disk are spilled by the thread that needs the room, and stay readable meanwhile.
public final class MemoryStore: Sendable {
    private let state: Mutex<State>
    /// Wakes waiting tasks after a release.
    private let returns = Monitor(0)
    private let disk: DiskStore?
    /// Running tasks, whether or not they hold memory.
    private let running = Atomic<Int>(0)

    struct State: Sendable {
        var ledger: MemoryLedger
        var blocks: [RDDID: [Int: CachedBlock]] = [:]
        var order = UseOrder<BlockID>()
        /// Tasks that wait for memory and have not been woken.
        var waiting: Set<TaskID> = []
        /// Evicted blocks that are being written to disk; the ledger no longer counts them.
        var leaving: [RDDID: [Int: CachedBlock]] = [:]
        /// Counts the releases: a refused task waits only if the count has not changed since its request.
        var returnCount = 0
    }

    /// - Parameter disk: where evicted blocks may be spilled.
    public init(_ ledger: MemoryLedger, disk: DiskStore? = nil) {
        state = Mutex(State(ledger: ledger))
        self.disk = disk
    }

    /// The current use of the memory.
    public var ledger: MemoryLedger { state.withLock { $0.ledger } }

    public func block(_ id: BlockID) -> CachedBlock? {
        state.withLock { state in
            guard let block = state.blocks[id.rdd]?[id.partition] else { return state.leaving[id.rdd]?[id.partition] }
            state.order.use(id)
            return block
        }
    }

    /// Room for a partition that is being computed: grows with it.
    public func reservation(for rdd: RDDID) -> StorageReservation { StorageReservation(self, rdd) }

    /// Stores a block and returns the block to read: the first one stored under this id.
    ///
    /// - Parameter reservation: has grown to the block's size.
    public func put(
        _ block: CachedBlock, as id: BlockID, _ reservation: consuming StorageReservation
    ) -> CachedBlock {
        let reserved = reservation.bytes
        let kept = state.withLock { state in
            if let known = state.blocks[id.rdd]?[id.partition] { return known }
            state.ledger.addStorage(block.byteCount - reserved)
            state.blocks[id.rdd, default: [:]][id.partition] = block
            state.order.use(id)
            return block
        }
        if kept === block { reservation.isSpent = true }
        return kept
    }

    /// The partitions of an RDD that can be read here, with their sizes.
    public func byteCounts(of rdd: RDDID) -> [Int: Int] {
        state.withLock { state in
            let stored = state.blocks[rdd]?.mapValues(\.byteCount) ?? [:]
            return state.leaving[rdd].map { stored.merging($0.mapValues { _ in 0 }) { stored, _ in stored } } ?? stored
        }
    }

    /// How many partitions of an RDD can be read here.
    public func partitionCount(of rdd: RDDID) -> Int {
        state.withLock { state in
            let stored = state.blocks[rdd] ?? [:]
            return stored.count + (state.leaving[rdd]?.keys.count { stored[$0] == nil } ?? 0)
        }
    }

    /// - Units: bytes.
    public func byteCount(of rdd: RDDID) -> Int { byteCounts(of: rdd).values.reduce(0, +) }

    /// Removes an RDD's partitions. Tasks that are reading them keep their blocks.
    public func remove(_ rdd: RDDID) {
        let removed = state.withLock { state in
            let removed = state.blocks.removeValue(forKey: rdd) ?? [:]
            for (partition, block) in removed {
                state.order.remove(BlockID(rdd: rdd, partition: partition))
                state.ledger.addStorage(-block.byteCount)
            }
            return (removed, state.leaving.removeValue(forKey: rdd))
        }
        // Elements are destroyed here, outside of the lock.
        withExtendedLifetime(removed) {}
        if !removed.0.isEmpty { wakeWaiting() }
    }

    /// Removes one block, if it is still stored.
    public func remove(_ block: CachedBlock, of id: BlockID) {
        let isStored = state.withLock { state in
            guard state.blocks[id.rdd]?[id.partition] === block else { return false }
            state.blocks[id.rdd]?[id.partition] = nil
            state.order.remove(id)
            state.ledger.addStorage(-block.byteCount)
            return true
        }
        if isStored { wakeWaiting() }
    }

    /// Spills the evicted blocks whose storage level uses the disk. A block that cannot be written is dropped, and its
    /// partition is recomputed when it is needed.
    private func settle(_ evicted: [Eviction]) {
        for eviction in evicted where eviction.block.goesToDisk {
            let (id, block) = (eviction.id, eviction.block)
            let written = disk.flatMap { try? block.write(to: $0.scratch, as: id) }
            if let written { _ = disk?.put(written, as: id) }
            let isWanted = state.withLock { state in
                guard state.leaving[id.rdd]?[id.partition] === block else { return false }
                state.leaving[id.rdd]?[id.partition] = nil
                if state.leaving[id.rdd]?.isEmpty == true { state.leaving[id.rdd] = nil }
                return true
            }
            // The RDD was unpersisted meanwhile.
            if !isWanted, let written { disk?.remove(written, of: id) }
        }
    }

    /// Counts the memory of a map output for as long as the result lives. Evicts cached partitions for it, down to their own
    /// share.
    ///
    /// - Parameter held: bytes that `task` already holds for the output, no longer counted as the task's.
    public func hold(_ bytes: Int, insteadOf held: Int = 0, of task: TaskID? = nil)
        -> (hold: ExecutionHold, evicted: [Eviction])
    {
        let (evicted, isAwaited) = state.withLock { state in
            if let task, held > 0 { state.ledger.add(-held, to: task) }
            let evicted = state.evict(state.ledger.evictionForExecution(of: bytes), sparing: nil, isPartial: true) ?? []
            state.ledger.addOutputs(bytes)
            return (evicted, state.noteReturn())
        }
        // The task has released its memory, and its output can be spilled.
        if isAwaited { wakeThreads() }
        settle(evicted)
        return (ExecutionHold(self, bytes, .output), evicted)
    }

    /// Counts the memory of a value that tasks refer to, such as a broadcast value, for as long as the result lives. Evicts
    /// cached partitions for it, down to their own share.
    public func hold(value bytes: Int) -> (hold: ExecutionHold, evicted: [Eviction]) {
        let evicted = state.withLock { state in
            let evicted = state.evict(state.ledger.evictionForExecution(of: bytes), sparing: nil, isPartial: true) ?? []
            state.ledger.addValues(bytes)
            return evicted
        }
        settle(evicted)
        return (ExecutionHold(self, bytes, .value), evicted)
    }

    func release(_ bytes: Int, _ kind: ExecutionHold.Kind) {
        giveBack { state in
            switch kind {
            case .output: state.ledger.addOutputs(-bytes)
            case .value: state.ledger.addValues(-bytes)
            }
        }
    }

    func release(storage bytes: Int) { giveBack { $0.ledger.addStorage(-bytes) } }

    func release(_ bytes: Int, of task: TaskID) { giveBack { $0.ledger.add(-bytes, to: task) } }

    private func giveBack(_ change: (inout State) -> Void) {
        let isAwaited = state.withLock { state in
            change(&state)
            return state.noteReturn()
        }
        if isAwaited { wakeThreads() }
    }

    private func wakeThreads() { returns.change(waking: .max) { $0 += 1 } }

    /// Wakes all waiting tasks, which then re-check, after a release or a cancellation.
    public func wakeWaiting() { giveBack { _ in } }

    /// The number of releases and cancellations so far.
    var returnCount: Int { state.withLock { $0.returnCount } }

    /// Grants memory to a task, if available. Evicts cached partitions for it, down to their own share.
    func request(_ bytes: Int, for task: TaskID) -> (answer: MemoryLedger.Answer, evicted: [Eviction]) {
        let result = state.withLock { state -> (answer: MemoryLedger.Answer, evicted: [Eviction]) in
            var answer = state.ledger.answer(to: task, asking: bytes)
            guard case .granted(let needed) = answer else { return (answer, []) }
            let evicted = state.evict(needed, sparing: nil, isPartial: true) ?? []
            // Blocks that are being read stay.
            if case .granted(let missing) = state.ledger.answer(to: task, asking: bytes), missing > 0 {
                answer = .refused(isSureOfIt: false)
            } else {
                state.ledger.add(bytes, to: task)
            }
            return (answer, evicted)
        }
        settle(result.evicted)
        return result
    }

    /// A task begins to run.
    public func begin() { running.wrappingAdd(1, ordering: .relaxed) }

    /// A task has ended, and its output is available to other tasks.
    public func end() {
        running.wrappingSubtract(1, ordering: .relaxed)
        wakeWaiting()
    }

    /// Waits for a release or a cancellation.
    ///
    /// - Parameter count: `returnCount` before the refused request. Returns at once if it has changed since.
    /// - Returns: false immediately when no other task can free memory, because every other task is waiting as well.
    func wait(_ task: TaskID, since count: Int) -> Bool {
        let seen = returns.wait { $0 }
        let decision = state.withLock { state -> Bool? in
            if state.returnCount != count { return true }
            let isHeld = state.ledger.tasks.keys.contains { $0 != task && !state.waiting.contains($0) }
            // A task that holds no memory may be about to store a map output, which can then be spilled.
            guard isHeld || running.load(ordering: .relaxed) > state.waiting.count + 1 else { return false }
            state.waiting.insert(task)
            return nil
        }
        if let decision { return decision }
        returns.wait { $0 == seen ? nil : () }
        return true
    }

    /// - Returns: the evicted blocks; nil if there is no room.
    func reserve(storage bytes: Int, for rdd: RDDID) -> [Eviction]? {
        let evicted = state.withLock { state -> [Eviction]? in
            guard let needed = state.ledger.evictionForStorage(of: bytes),
                let evicted = state.evict(needed, sparing: rdd, isPartial: false)
            else { return nil }
            state.ledger.addStorage(bytes)
            return evicted
        }
        if let evicted { settle(evicted) }
        return evicted
    }
}

/// An evicted block. Its receiver drops it outside of the lock, since that destroys its elements.
public struct Eviction {
    public let id: BlockID
    public let block: CachedBlock
}

extension MemoryStore.State {
    /// - Returns: whether waiting tasks have to be woken.
    mutating func noteReturn() -> Bool {
        defer { waiting.removeAll() }
        returnCount += 1
        return !waiting.isEmpty
    }

    /// Evicts blocks of at least `bytes` in total.
    ///
    /// - Parameter isPartial: evicts as much as possible if that is not enough; otherwise evicts nothing then.
    mutating func evict(_ bytes: Int, sparing rdd: RDDID?, isPartial: Bool) -> [Eviction]? {
        guard bytes > 0 else { return [] }
        var chosen: [BlockID] = []
        var freed = 0
        for id in order.oldestFirst where id.rdd != rdd && isUnused(id) {
            chosen.append(id)
            freed += blocks[id.rdd]?[id.partition]?.byteCount ?? 0
            if freed >= bytes { break }
        }
        guard freed >= bytes || isPartial else { return nil }
        return chosen.compactMap { id in
            guard let block = blocks[id.rdd]?.removeValue(forKey: id.partition) else { return nil }
            order.remove(id)
            ledger.addStorage(-block.byteCount)
            if block.goesToDisk { leaving[id.rdd, default: [:]][id.partition] = block }
            return Eviction(id: id, block: block)
        }
    }

    /// Only the store refers to the block.
    private mutating func isUnused(_ id: BlockID) -> Bool {
        guard var block = blocks[id.rdd]?.removeValue(forKey: id.partition) else { return false }
        defer { blocks[id.rdd]?[id.partition] = block }
        return isKnownUniquelyReferenced(&block)
    }
}
