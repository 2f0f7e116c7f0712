import Foundation
import MartletBlocks
import MartletCore
import MartletThreads
import Testing

/// Tasks on threads of their own that wait for each other's memory. None hangs, however their steps interleave.
@Suite(.timeLimit(.minutes(5))) struct WaitingTaskTests {
    struct CannotSpill: Error {}

    /// The outcome of a task on a thread of its own.
    private enum Outcome: Equatable { case granted(Bool), refused, cancelled }

    /// The other thread, and its current step.
    private final class OtherTask: @unchecked Sendable {
        /// Signalled when the task's request has failed and it is about to wait.
        let hasAsked = DispatchSemaphore(value: 0)
        private let hasEnded = DispatchSemaphore(value: 0)
        private var outcome: Outcome?
        let cancellation = CancellationFlag()

        /// Makes a task request `bytes` more than `held`, which it gets first.
        func start(_ store: MemoryStore, _ task: Int, holding held: Int = 0, asking bytes: Int, canSpill: Bool) {
            let isReady = DispatchSemaphore(value: 0)
            Thread.detachNewThread { [self] in
                do {
                    let memory = TaskMemory(
                        store, task: TaskID(task), slots: 2, scratch: ScratchSpace(places: ["/tmp"]),
                        cancellation: cancellation, reclaim: { [hasAsked] _ in
                            hasAsked.signal()
                            return 0
                        })
                    let consumer = Consumer("task \(task)", memory)
                    if held > 0 { _ = try consumer.grow(to: held) }
                    isReady.signal()
                    let isGranted = try consumer.grow(to: held + bytes, unspillable: canSpill ? nil : CannotSpill())
                    outcome = .granted(isGranted)
                } catch is CancellationError {
                    outcome = .cancelled
                } catch {
                    outcome = .refused
                }
                hasEnded.signal()
            }
            isReady.wait()
        }

        func result() -> Outcome? {
            hasEnded.wait()
            return outcome
        }
    }

    private let store = MemoryStore(MemoryLedger(capacity: 1_000_000, storageFraction: 0.5))

    private func memory(_ task: Int = 0) -> TaskMemory {
        TaskMemory(
            store, task: TaskID(task), slots: 2, scratch: ScratchSpace(places: ["/tmp"]), cancellation: CancellationFlag())
    }

    /// Releases memory between any two steps of the other task; the rest is too little to wait for.
    ///
    ///     this task                  the other task
    ///     holds 900,000
    ///                                is sure of 200,000 and asks
    ///                                is refused
    ///     gives back 600,000  <---
    ///                         --->   waits, or looks again
    ///                                is granted
    @Test(arguments: 0..<200)
    func aWaitingTaskGoesOn(_ round: Int) throws {
        do {
            let consumer = Consumer("this", memory())
            #expect(try consumer.grow(to: 900_000))
            let other = OtherTask()
            other.start(store, 1, asking: 200_000, canSpill: round % 2 == 0)
            other.hasAsked.wait()
            for _ in 0..<(round * 37 % 500) { sched_yield() }
            consumer.shrink(to: 300_000)
            #expect(other.result() == .granted(true))
            #expect(consumer.heldBytes == 300_000)
        }
        #expect(store.ledger.tasks.isEmpty)
    }

    /// The memory that a task leaves as a map output counts as released, too: the output can go to disk.
    @Test(arguments: 0..<50)
    func aTaskThatLeavesAnOutputWakesTheOthers(_ round: Int) throws {
        let memory = memory()
        var reservation = TaskReservation(memory)
        let consumer = Consumer("this", memory)
        #expect(try reservation.grow(to: 950_000, for: consumer))
        let other = OtherTask()
        other.start(store, 1, asking: 200_000, canSpill: false)
        other.hasAsked.wait()
        for _ in 0..<(round * 37 % 500) { sched_yield() }
        let hold = memory.hold(600_000, insteadOf: reservation)
        #expect(other.result() == .granted(true))
        #expect(store.ledger.tasks.isEmpty && store.ledger.outputs == 600_000)
        withExtendedLifetime(hold) {}
    }

    @Test(arguments: 0..<200)
    func aWaitingTaskThatIsCancelledEnds(_ round: Int) throws {
        let consumer = Consumer("this", memory())
        #expect(try consumer.grow(to: 900_000))
        let other = OtherTask()
        other.start(store, 1, asking: 200_000, canSpill: round % 2 == 0)
        other.hasAsked.wait()
        for _ in 0..<(round * 37 % 500) { sched_yield() }
        other.cancellation.cancel()
        store.wakeWaiting()
        #expect(other.result() == .cancelled)
        #expect(store.ledger.tasks.count == 1)
    }

    /// A task that can spill does not wait for more than its guarantee.
    @Test func aTaskThatCanSpillDoesNotWaitForMoreThanItsShare() throws {
        let consumer = Consumer("this", memory())
        #expect(try consumer.grow(to: 900_000))
        let other = OtherTask()
        other.start(store, 1, asking: 300_000, canSpill: true)
        #expect(other.result() == .granted(false))
    }

    /// Each task holds half and requests more: one is refused and releases its memory, and the other continues.
    @Test(arguments: 0..<100)
    func tasksThatWaitForEachOther(_ round: Int) {
        let (left, right) = (OtherTask(), OtherTask())
        left.start(store, 1, holding: 450_000, asking: 300_000, canSpill: false)
        right.start(store, 2, holding: 400_000, asking: 300_000, canSpill: false)
        let outcomes = [left.result(), right.result()]
        #expect(outcomes.contains(.granted(true)))
        #expect(outcomes.allSatisfy { $0 == .granted(true) || $0 == .refused })
        #expect(store.ledger.tasks.isEmpty)
    }

    /// Many tasks that grow, spill and end: nothing hangs, and nothing is left.
    @Test func manyTasks() {
        let group = DispatchGroup()
        for task in 0..<6 {
            group.enter()
            Thread.detachNewThread { [self] in
                for round in 0..<60 {
                    let memory = memory(task * 1000 + round)
                    let (first, second) = (Consumer("a", memory), Consumer("b", memory))
                    for step in 1...8 {
                        let bytes = step * (40_000 + task * 7000)
                        let obstacle: (any Error)? = (task + round) % 3 == 0 ? CannotSpill() : nil
                        do {
                            if try !first.grow(to: bytes, unspillable: obstacle) { first.shrink(to: 0) }
                            if try !second.grow(to: bytes / 2) { second.shrink(to: 0) }
                        } catch {
                            break
                        }
                    }
                    #expect(store.ledger.heldBytes <= store.ledger.capacity)
                }
                group.leave()
            }
        }
        group.wait()
        #expect(store.ledger.tasks.isEmpty && store.ledger.heldBytes == 0)
    }
}
