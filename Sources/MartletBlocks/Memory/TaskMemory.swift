public import MartletCore
public import MartletThreads

/// Something in a task that holds much memory, and can give it back by writing what it holds to disk.
public protocol Spillable: AnyObject {
    /// For messages: what the memory is for.
    var consumerName: String { get }
    /// - Units: bytes that are reserved.
    var heldBytes: Int { get }
    /// Gives back what it can. Asks for no memory itself.
    func spill() throws
}

/// The memory of one task: where its operators get it, and what happens when there is no more.
///
/// A consumer that asks for more than there is has cached partitions evicted, then map outputs of tasks that have ended
/// written to disk, then the task's other consumers spilled, the largest first. If that is not enough, it is told to spill
/// itself, or waits for other tasks, and only where nothing can come is it refused with the figures.
///
/// Used by the task's thread only.
public final class TaskMemory {
    public let scratch: ScratchSpace
    public let cancellation: CancellationFlag
    /// Spill whenever so many elements have come, whatever memory there is; nil for when it is needed.
    public let spillEvery: Int?
    let store: MemoryStore
    let task: TaskID
    /// What an operator that cannot spill later may hold: sure to be there, whatever else happens.
    private let fixedBytes: Int
    private let reclaim: (Int) throws -> Int
    private let didEvict: ([Eviction]) -> Void
    private let tellSpilled: (Int) -> Void
    private var consumers: [ObjectIdentifier: Unowned] = [:]
    private var fixedCount = 0

    private struct Unowned {
        unowned let consumer: any Spillable
    }

    /// - Units: bytes that a consumer has without asking, so that small tasks need not ask, and everything goes on with
    ///   next to nothing. Part of the overhead beside the memory that is counted.
    public static var freeBytes: Int { 64 << 10 }

    /// - Parameters:
    ///   - slots: tasks that may run at the same time.
    ///   - reclaim: writes so many bytes of map outputs to disk, or fewer, and tells how many.
    ///   - didSpill: gets the size of each file that was written because memory was short.
    ///   - didEvict: gets the blocks that went.
    public init(
        _ store: MemoryStore, task: TaskID, slots: Int, scratch: ScratchSpace, cancellation: CancellationFlag,
        spillEvery: Int? = nil, reclaim: @escaping (Int) throws -> Int = { _ in 0 },
        didSpill: @escaping (Int) -> Void = { _ in }, didEvict: @escaping ([Eviction]) -> Void = { _ in }
    ) {
        self.store = store
        self.task = task
        self.scratch = scratch
        self.cancellation = cancellation
        self.spillEvery = spillEvery
        self.reclaim = reclaim
        self.didEvict = didEvict
        tellSpilled = didSpill
        let ledger = store.ledger
        fixedBytes = (ledger.capacity - ledger.storageShare) / max(slots, 1) / 4
    }

    public func add(_ consumer: any Spillable) { consumers[ObjectIdentifier(consumer)] = Unowned(consumer: consumer) }

    public func remove(_ consumer: any Spillable) { consumers[ObjectIdentifier(consumer)] = nil }

    /// A writer of a spill wrote so many bytes.
    public func didSpill(_ bytes: Int) { tellSpilled(bytes) }

    /// The share of an operator whose result depends on whether its input fits, such as the order of a join: it depends on
    /// the settings alone, and on how many such operators the task has open.
    ///
    /// - Returns: bytes, to be given back with `endFixedShare`.
    public func beginFixedShare() -> Int {
        defer { fixedCount += 1 }
        return max(Self.freeBytes, fixedBytes >> min(fixedCount, 60))
    }

    public func endFixedShare() { fixedCount -= 1 }

    /// Bounds a table that a map task fills before it passes its rows on: by the settings alone.
    public func mapTableBytes(atMost limit: Int) -> Int { max(Self.freeBytes / 2, min(limit, fixedBytes)) }

    /// Counts what a map output holds, and the output's task no longer.
    public func hold(_ bytes: Int, insteadOf reservation: consuming TaskReservation) -> ExecutionHold {
        let reserved = reservation.take()
        let (hold, evicted) = store.hold(bytes, insteadOf: reserved, of: task)
        didEvict(evicted)
        return hold
    }

    /// Map outputs go to disk as long as more is held than there is.
    public func reclaimExcess() throws {
        let ledger = store.ledger
        if ledger.heldBytes > ledger.capacity { _ = try reclaim(ledger.heldBytes - ledger.capacity) }
    }

    /// - Parameters:
    ///   - consumer: who asks, and is not asked itself.
    ///   - obstacle: why it cannot give back something of its own instead; nil if it can.
    /// - Returns: false if it should.
    func acquire(
        _ bytes: Int, for consumer: any Spillable, holding held: Int, unspillable obstacle: (any Error)?
    ) throws -> Bool {
        while true {
            let returnCount = store.returnCount
            let (answer, evicted) = store.request(bytes, for: task)
            didEvict(evicted)
            guard case .refused(let isSureOfIt) = answer else { return true }
            try cancellation.check()
            if try reclaim(bytes) > 0 { continue }
            if try spillLargest(but: consumer) { continue }
            if obstacle == nil, !isSureOfIt { return false }
            if store.wait(task, since: returnCount) { continue }
            guard let obstacle else { return false }
            throw refusal(bytes, consumer, holding: held, obstacle)
        }
    }

    private func spillLargest(but asking: any Spillable) throws -> Bool {
        let others = consumers.values.map(\.consumer).filter { $0 !== asking && $0.heldBytes > 0 }
        for other in others.sorted(by: { $0.heldBytes > $1.heldBytes }) {
            let before = other.heldBytes
            try other.spill()
            if other.heldBytes < before { return true }
        }
        return false
    }

    /// - Units: bytes that the task could have if it were alone and all map outputs went to disk.
    public var largestBytes: Int { store.ledger.largestBytes }

    /// Why a consumer cannot have so many bytes more.
    public func refusal(_ bytes: Int, _ consumer: any Spillable, _ obstacle: any Error) -> MemoryRefusal {
        refusal(bytes, consumer, holding: consumer.heldBytes, obstacle)
    }

    private func refusal(
        _ bytes: Int, _ consumer: any Spillable, holding held: Int, _ obstacle: any Error
    ) -> MemoryRefusal {
        let own = MemoryRefusal.Consumer(name: consumer.consumerName, bytes: held)
        let others = consumers.values.map(\.consumer).filter { $0 !== consumer }
            .map { MemoryRefusal.Consumer(name: $0.consumerName, bytes: $0.heldBytes) }
        let largest = ([own] + others).filter { $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }
        return MemoryRefusal(
            consumer: consumer.consumerName, bytes: bytes, obstacle: "\(obstacle)", ledger: store.ledger, task: task,
            largest: Array(largest.prefix(3)))
    }
}

/// Memory of a task that one consumer holds. Given back when it goes.
public struct TaskReservation: ~Copyable {
    private let memory: TaskMemory
    /// What is reserved so far; what a consumer has without asking is not counted.
    public private(set) var bytes = 0
    private let freeBytes: Int

    /// - Parameter leastBytes: what the consumer cannot do without; it has that without asking.
    public init(_ memory: TaskMemory, leastBytes: Int = 0) {
        self.memory = memory
        freeBytes = max(leastBytes, TaskMemory.freeBytes)
    }

    deinit {
        if bytes > 0 { memory.store.release(bytes, of: memory.task) }
    }

    /// Grows to `needed` bytes, if others can make room.
    ///
    /// - Parameters:
    ///   - consumer: whose reservation it is.
    ///   - obstacle: why it cannot do without; nil if it can.
    /// - Returns: false if the consumer should spill instead. Always true where it cannot.
    /// - Throws: `MemoryRefusal` where the consumer cannot spill; what others throw when they spill.
    public mutating func grow(
        to needed: Int, for consumer: any Spillable, unspillable obstacle: (any Error)? = nil
    ) throws -> Bool {
        guard needed > max(bytes, freeBytes) else { return true }
        let ample = (needed + needed / 8 + (64 << 10)) & ~((64 << 10) - 1)
        if case .granted(evicting: 0) = memory.store.ledger.answer(to: memory.task, asking: ample - bytes),
            try memory.acquire(ample - bytes, for: consumer, holding: bytes, unspillable: nil) {
            bytes = ample
            return true
        }
        guard try memory.acquire(needed - bytes, for: consumer, holding: bytes, unspillable: obstacle) else { return false }
        bytes = needed
        return true
    }

    /// Gives back what is held beyond `needed` bytes.
    public mutating func shrink(to needed: Int) {
        let kept = needed <= freeBytes ? 0 : needed
        guard bytes > kept else { return }
        memory.store.release(bytes - kept, of: memory.task)
        bytes = kept
    }

    /// Hands the bytes on to another account.
    mutating func take() -> Int {
        defer { bytes = 0 }
        return bytes
    }
}

/// A task cannot have the memory that it cannot do without.
public struct MemoryRefusal: Error, CustomStringConvertible {
    public struct Consumer: Sendable {
        public let name: String
        public let bytes: Int
    }

    public let consumer: String
    public let bytes: Int
    /// Why the consumer cannot write to disk instead.
    public let obstacle: String
    public let ledger: MemoryLedger
    public let task: TaskID
    /// The task's largest consumers.
    public let largest: [Consumer]

    public var description: String {
        let others = ledger.tasks.filter { $0.key != task }
        let own = largest.isEmpty
            ? "" : " (" + largest.map { "\($0.name) \(ByteSize.rounded($0.bytes))" }.joined(separator: ", ") + ")"
        let values = ledger.values == 0
            ? "" : "broadcasts, captured values and results \(ByteSize.rounded(ledger.values)), "
        return "\(consumer) needs \(ByteSize.rounded(bytes)) more memory for rows that cannot go to disk (\(obstacle)), but of \(ByteSize.rounded(ledger.capacity)) "
            + "cached partitions hold \(ByteSize.rounded(ledger.storage)), map outputs "
            + "\(ByteSize.rounded(ledger.outputs)), \(values)this task \(ByteSize.rounded(ledger.tasks[task] ?? 0))\(own) and "
            + "\(others.count) others \(ByteSize.rounded(others.values.reduce(0, +))); raise martlet.executor.memory, "
            + "or use more partitions"
    }
}
