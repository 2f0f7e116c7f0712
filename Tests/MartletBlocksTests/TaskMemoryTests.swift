import MartletBlocks
import MartletCore
import MartletThreads
import Synchronization
import TestSupport
import Testing

/// Where memory comes from when it is short, in which order, and that all of it is released.
@Suite(.timeLimit(.minutes(2))) struct TaskMemoryTests {
    struct CannotSpill: Error, CustomStringConvertible {
        var description: String { "rows of functions" }
    }

    @Test func smallConsumersNeedNotAsk() throws {
        let setup = Setup(capacity: 0)
        let consumer = Consumer("small", setup.memory())
        #expect(try consumer.grow(to: TaskMemory.freeBytes))
        #expect(setup.store.ledger.heldBytes == 0)
        #expect(try !consumer.grow(to: TaskMemory.freeBytes + 1))
        let large = Consumer("large", consumer.memory, leastBytes: 1 << 20)
        #expect(try large.grow(to: 1 << 20))
        #expect(try !large.grow(to: 1 << 20 + 1))
        #expect(setup.store.ledger.heldBytes == 0)
    }

    /// A consumer gets more than it requests if that affects no other consumer, and otherwise exactly its need.
    @Test func ampleGrowthFallsBackToExact() throws {
        let setup = Setup(capacity: 1_000_000)
        let consumer = Consumer("rows", setup.memory())
        #expect(try consumer.grow(to: 500_000))
        let ample = consumer.heldBytes
        #expect(ample >= 500_000 * 9 / 8 && ample % (64 << 10) == 0)
        #expect(try consumer.grow(to: ample))
        #expect(consumer.heldBytes == ample && setup.store.ledger.tasks == [TaskID(0): ample])
        #expect(try consumer.grow(to: 999_999))
        #expect(consumer.heldBytes == 999_999)
        #expect(try !consumer.grow(to: 1_000_001))
        #expect(consumer.heldBytes == 999_999)
        consumer.shrink(to: 70_000)
        #expect(setup.store.ledger.heldBytes == 70_000)
        consumer.shrink(to: TaskMemory.freeBytes)
        #expect(setup.store.ledger.heldBytes == 0)
    }

    /// Cached partitions, then map outputs, then the task's other consumers, and then the consumer itself.
    @Test func orderOfRelief() throws {
        let setup = Setup(capacity: 6_000_000, storageFraction: 0)
        try setup.cache(bytes: 1_000_000)
        let memory = setup.memory()
        let (first, second) = (Consumer("first", memory), Consumer("second", memory))
        #expect(try first.grow(to: 600_000))
        #expect(try second.grow(to: 900_000))
        setup.output = setup.store.hold(1_000_000).hold
        #expect(setup.events == [])
        let asking = Consumer("asking", memory)
        /// Requests more than is free.
        func askForMore() throws -> Bool {
            let ledger = setup.store.ledger
            return try asking.grow(to: asking.heldBytes + ledger.capacity - ledger.heldBytes + 1000)
        }
        #expect(try askForMore())
        #expect(setup.events == ["evicted"] && setup.store.ledger.storage == 0)
        #expect(try askForMore())
        #expect(setup.events == ["evicted", "reclaimed"] && setup.store.ledger.outputs == 0)
        #expect(first.spills == 0 && second.spills == 0)
        // The largest of the other consumers, then the next.
        #expect(try askForMore())
        #expect(first.spills == 0 && second.spills == 1)
        #expect(try askForMore())
        #expect(first.spills == 1 && second.spills == 1 && asking.spills == 0)
        // No other consumer is left.
        let held = asking.heldBytes
        #expect(try !askForMore())
        #expect(first.spills == 1 && second.spills == 1 && asking.spills == 0)
        #expect(asking.heldBytes == held && setup.store.ledger.heldBytes == held)
    }

    /// A consumer that cannot release memory is skipped.
    @Test func theLargestThatGivesSomething() throws {
        let setup = Setup(capacity: 1_000_000)
        let memory = setup.memory()
        let (stubborn, useful, asking) = (Consumer("a", memory), Consumer("b", memory), Consumer("c", memory))
        stubborn.canSpill = false
        #expect(try stubborn.grow(to: 500_000))
        #expect(try useful.grow(to: 300_000))
        #expect(try asking.grow(to: 350_000))
        #expect(stubborn.spills == 1 && useful.spills == 1)
        #expect(try !asking.grow(to: 600_000))
        #expect(stubborn.heldBytes >= 500_000)
    }

    @Test func whatSpillingThrowsIsThrown() throws {
        struct Full: Error {}
        let setup = Setup(capacity: 1_000_000)
        let memory = setup.memory()
        let (failing, asking) = (Consumer("a", memory), Consumer("b", memory))
        #expect(try failing.grow(to: 800_000))
        failing.failure = Full()
        #expect(throws: Full.self) { try asking.grow(to: 500_000) }
        setup.reclaimFailure = Full()
        failing.failure = nil
        #expect(throws: Full.self) { try asking.grow(to: 500_000) }
        #expect(asking.heldBytes == 0)
    }

    @Test func aRefusalTellsTheFigures() throws {
        let setup = Setup(capacity: 10 << 20, storageFraction: 0.5)
        try setup.cache(bytes: 1 << 20)
        setup.isOutputFixed = true
        setup.output = setup.store.hold(2 << 20).hold
        let memory = setup.memory()
        let consumers = ["one", "two", "three"].map { Consumer($0, memory) }
        for (index, consumer) in consumers.enumerated() {
            consumer.canSpill = false
            #expect(try consumer.grow(to: (index + 1) * 500_000))
        }
        let other = Consumer("elsewhere", setup.memory(TaskID(7)))
        #expect(try other.grow(to: 100_000))
        // The other task could release memory, so this request would wait; once cancelled, it fails at once.
        let before = setup.store.ledger
        memory.cancellation.cancel()
        #expect(throws: CancellationError.self) { try consumers[0].grow(to: 8 << 20, unspillable: CannotSpill()) }
        #expect(setup.store.ledger == before)
        other.shrink(to: 0)
        let alone = setup.memory(TaskID(8))
        let last = Consumer("grouping at main.swift:3", alone)
        #expect(try last.grow(to: 70_000))
        for consumer in consumers { consumer.shrink(to: 0) }
        let error = #expect(throws: MemoryRefusal.self) { try last.grow(to: 20 << 20, unspillable: CannotSpill()) }
        let text = try #require(error).description
        #expect(text.hasPrefix("grouping at main.swift:3 needs 19.8m more memory for rows that cannot go to disk (rows of functions), but of 10m "), "\(text)")
        #expect(text.contains("map outputs 2m, this task 128k (grouping at main.swift:3 128k) and 0 others 0b"), "\(text)")
        #expect(text.hasSuffix("raise martlet.executor.memory, or use more partitions"), "\(text)")
        #expect(error?.largest.map(\.name) == ["grouping at main.swift:3"])
        #expect(error?.obstacle == "rows of functions" && error?.task == TaskID(8))
    }

    @Test func theLargestThreeAreNamed() throws {
        let setup = Setup(capacity: 4 << 20)
        let memory = setup.memory()
        let consumers = (1...5).map { Consumer("consumer \($0)", memory) }
        for (index, consumer) in consumers.enumerated() {
            consumer.canSpill = false
            #expect(try consumer.grow(to: 70_000 + 100_000 * index))
        }
        let error = #expect(throws: MemoryRefusal.self) { try consumers[0].grow(to: 8 << 20, unspillable: CannotSpill()) }
        #expect(error?.largest.map(\.name) == ["consumer 5", "consumer 4", "consumer 3"])
    }

    /// Reservations are released with their consumers, whatever happened.
    @Test func everythingIsGivenBack() throws {
        let setup = Setup(capacity: 2_000_000)
        do {
            let memory = setup.memory()
            let (one, two) = (Consumer("one", memory), Consumer("two", memory))
            #expect(try one.grow(to: 1_000_000))
            #expect(try two.grow(to: 1_500_000))
            two.canSpill = false
            #expect(throws: MemoryRefusal.self) { try one.grow(to: 3_000_000, unspillable: CannotSpill()) }
            #expect(setup.store.ledger.execution == one.heldBytes + two.heldBytes)
        }
        #expect(setup.store.ledger.tasks.isEmpty && setup.store.ledger.heldBytes == 0)
    }

    /// The output of a task counts as an output, and no longer as the task's.
    @Test func aHoldTakesOverAReservation() throws {
        let setup = Setup(capacity: 1_000_000)
        let memory = setup.memory()
        do {
            var reservation = TaskReservation(memory)
            let consumer = Consumer("writer", memory)
            #expect(try reservation.grow(to: 200_000, for: consumer))
            let hold = memory.hold(150_000, insteadOf: reservation)
            #expect(setup.store.ledger.tasks.isEmpty && setup.store.ledger.outputs == 150_000)
            withExtendedLifetime(hold) {}
        }
        #expect(setup.store.ledger.heldBytes == 0)
    }

    /// The shares of operators that are open at the same time depend only on the settings.
    @Test func fixedShares() {
        let setup = Setup(capacity: 64 << 20)
        let memory = setup.memory(slots: 2)
        let first = memory.beginFixedShare()
        #expect(first == 4 << 20)
        #expect(memory.beginFixedShare() == first / 2)
        #expect(memory.beginFixedShare() == first / 4)
        memory.endFixedShare()
        #expect(memory.beginFixedShare() == first / 4)
        #expect(memory.mapTableBytes(atMost: 1 << 20) == 1 << 20)
        #expect(memory.mapTableBytes(atMost: 1 << 30) == first)
        #expect(setup.memory(slots: 1_000_000).beginFixedShare() == TaskMemory.freeBytes)
    }
}

/// A store, and the calls that it makes to its surroundings.
final class Setup: @unchecked Sendable {
    let store: MemoryStore
    var events: [String] = []
    var output: ExecutionHold?
    var isOutputFixed = false
    var reclaimFailure: (any Error)?

    init(capacity: Int, storageFraction: Double = 0.5) {
        store = MemoryStore(MemoryLedger(capacity: capacity, storageFraction: storageFraction))
    }

    func memory(_ task: TaskID = TaskID(0), slots: Int = 1, _ cancellation: CancellationFlag = CancellationFlag()) -> TaskMemory {
        TaskMemory(
            store, task: task, slots: slots, scratch: ScratchSpace(places: ["/tmp"]), cancellation: cancellation,
            reclaim: { [unowned self] _ in
                if let reclaimFailure { throw reclaimFailure }
                guard output != nil, !isOutputFixed else { return 0 }
                events.append("reclaimed")
                let before = store.ledger.outputs
                output = nil
                return before
            },
            didEvict: { [unowned self] evicted in events += evicted.map { _ in "evicted" } })
    }

    /// Stores one block of about so many bytes.
    func cache(bytes: Int) throws {
        let list = ChunkList(ElementType(Int.self))
        while list.byteCount < bytes { try ArraySource([1, 2, 3, 4, 5, 6, 7, 8]).forEachBatch { list.append($0) } }
        var reservation = store.reservation(for: RDDID(1))
        guard reservation.grow(to: list.byteCount) != nil else { throw CancellationError() }
        _ = store.put(CachedBlock(list), as: BlockID(rdd: RDDID(1), partition: 0), reservation)
    }
}

/// A memory consumer that releases its memory on request.
final class Consumer: Spillable {
    let consumerName: String
    let memory: TaskMemory
    private var reservation: TaskReservation
    var canSpill = true
    var failure: (any Error)?
    private(set) var spills = 0

    init(_ name: String, _ memory: TaskMemory, leastBytes: Int = 0) {
        consumerName = name
        self.memory = memory
        reservation = TaskReservation(memory, leastBytes: leastBytes)
        memory.add(self)
    }

    deinit { memory.remove(self) }

    var heldBytes: Int { reservation.bytes }

    func grow(to bytes: Int, unspillable: (any Error)? = nil) throws -> Bool {
        try reservation.grow(to: bytes, for: self, unspillable: unspillable)
    }

    func shrink(to bytes: Int) { reservation.shrink(to: bytes) }

    func spill() throws {
        spills += 1
        if let failure { throw failure }
        if canSpill { reservation.shrink(to: 0) }
    }
}
