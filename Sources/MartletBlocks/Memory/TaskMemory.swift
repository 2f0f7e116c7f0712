public import MartletCore
public import MartletThreads

/// A large memory consumer of a task, which can release its memory by spilling its data to disk.
public protocol Spillable: AnyObject {
    /// The use of the memory, for error messages.
    var consumerName: String { get }
    /// - Units: bytes that are reserved.
    var heldBytes: Int { get }
    /// Releases as much as it can. Requests no memory itself.
    func spill() throws
}

/// The memory of one task: its operators request it here, and requests make room when memory is short.
///
/// A request for more than is free evicts cached partitions, then spills map outputs of tasks that have ended, then the task's
/// other consumers, the largest first. If that is not enough, the consumer is told to spill itself, or waits for other tasks.
/// Only if no memory can become free is it refused, with the figures.
///
/// Used by the task's thread only.
public final class TaskMemory {
    public let scratch: ScratchSpace
    public let cancellation: CancellationFlag
    /// Spill after so many elements, whatever memory is free; nil to spill only when memory is short.
    public let spillEvery: Int?
    let store: MemoryStore
    let task: TaskID
    /// Bytes that an operator may hold if it cannot spill later: they are always available.
    private let fixedBytes: Int
    private let reclaim: (Int) throws -> Int
    private let didEvict: ([Eviction]) -> Void
    private let tellSpilled: (Int) -> Void
    private var consumers: [ObjectIdentifier: Unowned] = [:]
    private var fixedCount = 0

    private struct Unowned {
        unowned let consumer: any Spillable
    }

    /// - Units: bytes that a consumer has without a request, so that small tasks need none, and all tasks progress with almost
    ///   no memory. Part of the overhead beside the counted memory.
    public static var freeBytes: Int { 64 << 10 }

    /// - Parameters:
    ///   - slots: tasks that may run at the same time.
    ///   - reclaim: writes up to so many bytes of map outputs to disk, and returns the number written.
    ///   - didSpill: gets the size of each file that was written because memory was short.
    ///   - didEvict: gets the evicted blocks.
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

    /// A spill writer has written a file of so many bytes.
    public func didSpill(_ bytes: Int) { tellSpilled(bytes) }

    /// The share of an operator whose result depends on whether its input fits, such as the order of a join: it depends on
    /// the settings alone, and on how many such operators the task has open.
    ///
    /// - Returns: bytes, to be released with `endFixedShare`.
    public func beginFixedShare() -> Int {
        defer { fixedCount += 1 }
        return max(Self.freeBytes, fixedBytes >> min(fixedCount, 60))
    }

    public func endFixedShare() { fixedCount -= 1 }

    /// Bounds a table that a map task fills before it passes its rows on: by the settings alone.
    public func mapTableBytes(atMost limit: Int) -> Int { max(Self.freeBytes / 2, min(limit, fixedBytes)) }

    /// Counts the memory of a map output as the output's, no longer as its task's.
    public func hold(_ bytes: Int, insteadOf reservation: consuming TaskReservation) -> ExecutionHold {
        let reserved = reservation.take()
        let (hold, evicted) = store.hold(bytes, insteadOf: reserved, of: task)
        didEvict(evicted)
        return hold
    }

    /// Spills map outputs if more memory is held than the capacity.
    public func reclaimExcess() throws {
        let ledger = store.ledger
        if ledger.heldBytes > ledger.capacity { _ = try reclaim(ledger.heldBytes - ledger.capacity) }
    }

    /// - Parameters:
    ///   - consumer: makes the request, and is not spilled for it.
    ///   - obstacle: why it cannot spill instead; nil if it can.
    /// - Returns: false if the consumer should spill.
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

/// Memory of a task that one consumer holds. Released with this value.
public struct TaskReservation: ~Copyable {
    private let memory: TaskMemory
    /// The bytes reserved so far; bytes that need no request are not counted.
    public private(set) var bytes = 0
    private let freeBytes: Int

    /// - Parameter leastBytes: the minimum that the consumer needs, which it has without a request.
    public init(_ memory: TaskMemory, leastBytes: Int = 0) {
        self.memory = memory
        freeBytes = max(leastBytes, TaskMemory.freeBytes)
    }

    deinit {
        if bytes > 0 { memory.store.release(bytes, of: memory.task) }
    }

    /// Grows to `needed` bytes, if other consumers can make room.
    ///
    /// - Parameters:
    ///   - consumer: the owner of the reservation.
    ///   - obstacle: why the consumer cannot spill instead; nil if it can.
    /// - Returns: false if the consumer should spill instead. Always true where it cannot.
    /// - Throws: `MemoryRefusal` where the consumer cannot spill; errors of other consumers' spills.
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

    /// Releases the bytes beyond `needed`.
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

/// A task cannot get memory that it needs to continue.
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
