import MartletBlocks
import Testing

/// Spark's rules for one pool, row by row.
@Suite struct MemoryLedgerTests {
    private func ledger(storage: Int = 0, execution: Int = 0) -> MemoryLedger {
        var ledger = MemoryLedger(capacity: 100, storageFraction: 0.5)
        ledger.addStorage(storage)
        ledger.addOutputs(execution)
        return ledger
    }

    @Test func storageBorrowsWhatExecutionLeaves() {
        #expect(ledger().evictionForStorage(of: 100) == 0)
        #expect(ledger(execution: 30).evictionForStorage(of: 70) == 0)
        #expect(ledger(storage: 60, execution: 30).evictionForStorage(of: 10) == 0)
    }

    @Test func storageMakesRoomForItself() {
        #expect(ledger(storage: 60, execution: 30).evictionForStorage(of: 25) == 15)
        #expect(ledger(storage: 100).evictionForStorage(of: 100) == 100)
    }

    @Test func storageNeverTakesFromExecution() {
        #expect(ledger(execution: 30).evictionForStorage(of: 71) == nil)
        #expect(ledger(storage: 20, execution: 80).evictionForStorage(of: 21) == nil)
        #expect(ledger(execution: 200).evictionForStorage(of: 1) == nil)
    }

    @Test func aBlockLargerThanEverythingEvictsNothing() {
        #expect(ledger(storage: 100).evictionForStorage(of: 101) == nil)
    }

    @Test func executionTakesBackWhatStorageBorrowed() {
        #expect(ledger(storage: 60).evictionForExecution(of: 40) == 0)
        #expect(ledger(storage: 60).evictionForExecution(of: 45) == 5)
        #expect(ledger(storage: 60).evictionForExecution(of: 90) == 10)
        #expect(ledger(storage: 50).evictionForExecution(of: 90) == 0)
        #expect(ledger(storage: 30).evictionForExecution(of: 90) == 0)
    }

    @Test func noMemoryAtAll() {
        let none = MemoryLedger(capacity: 0, storageFraction: 1)
        #expect(none.evictionForStorage(of: 0) == 0)
        #expect(none.evictionForStorage(of: 1) == nil)
        #expect(none.evictionForExecution(of: 10) == 0)
    }
}
