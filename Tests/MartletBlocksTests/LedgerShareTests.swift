import MartletBlocks
import MartletCore
import MartletStatistics
import Testing

/// The memory that tasks get, and the memory that they are guaranteed.
@Suite struct LedgerShareTests {
    typealias Answer = MemoryLedger.Answer

    private func ledger(
        storage: Int = 0, outputs: Int = 0, tasks: [Int: Int] = [:], fraction: Double = 0.5
    ) -> MemoryLedger {
        var ledger = MemoryLedger(capacity: 1200, storageFraction: fraction)
        ledger.addStorage(storage)
        ledger.addOutputs(outputs)
        for (task, bytes) in tasks { ledger.add(bytes, to: TaskID(task)) }
        return ledger
    }

    @Test func aTaskAloneGetsEverything() {
        #expect(ledger().answer(to: TaskID(1), asking: 1200) == .granted(evicting: 0))
        #expect(ledger().answer(to: TaskID(1), asking: 1201) == .refused(isSureOfIt: false))
        #expect(ledger(tasks: [1: 1000]).answer(to: TaskID(1), asking: 200) == .granted(evicting: 0))
        #expect(ledger(tasks: [1: 1000]).answer(to: TaskID(1), asking: 201) == .refused(isSureOfIt: false))
    }

    /// 1/N is the limit, also for a task that raises N by one.
    @Test(arguments: 1...12)
    func noMoreThanOneNth(_ count: Int) {
        let holding = Dictionary(uniqueKeysWithValues: (1..<count).map { ($0, 1) })
        let share = 1200 / count
        #expect(ledger(tasks: holding).answer(to: TaskID(0), asking: share + 1).isRefused)
        let answer = ledger(tasks: holding).answer(to: TaskID(0), asking: min(share, 1200 - (count - 1)))
        #expect(answer == .granted(evicting: 0))
    }

    /// 1/2N is guaranteed: it is refused only because other tasks hold too much at the moment.
    @Test(arguments: 2...6)
    func sureOfHalfAnNth(_ count: Int) {
        let sure = 1200 / (2 * count)
        var holding = Dictionary(uniqueKeysWithValues: (2..<count).map { ($0, 1) })
        holding[1] = 1200 - (count - 2)
        #expect(ledger(tasks: holding).answer(to: TaskID(0), asking: sure) == .refused(isSureOfIt: true))
        #expect(ledger(tasks: holding).answer(to: TaskID(0), asking: sure + 1) == .refused(isSureOfIt: false))
        // Held bytes count.
        holding[1] = 1200 - (count - 2) - 10
        holding[0] = 10
        #expect(ledger(tasks: holding).answer(to: TaskID(0), asking: sure - 10) == .refused(isSureOfIt: true))
        #expect(ledger(tasks: holding).answer(to: TaskID(0), asking: sure - 9) == .refused(isSureOfIt: false))
    }

    /// Map outputs can go to disk, so they do not reduce the guarantee of a task; they do reduce the bytes that it gets at
    /// once.
    @Test func outputsTakeFromWhatIsThereNotFromWhatIsSure() {
        let full = ledger(outputs: 1100, tasks: [1: 50])
        #expect(full.answer(to: TaskID(0), asking: 50) == .granted(evicting: 0))
        #expect(full.answer(to: TaskID(0), asking: 51) == .refused(isSureOfIt: true))
        #expect(full.answer(to: TaskID(1), asking: 250) == .refused(isSureOfIt: true))
        #expect(ledger(outputs: 5000).answer(to: TaskID(0), asking: 1) == .refused(isSureOfIt: true))
        #expect(ledger(outputs: 1100).answer(to: TaskID(0), asking: 100) == .granted(evicting: 0))
    }

    @Test func storageGoesDownToItsShare() {
        #expect(ledger(storage: 1200).answer(to: TaskID(0), asking: 600) == .granted(evicting: 600))
        #expect(ledger(storage: 1200).answer(to: TaskID(0), asking: 601) == .refused(isSureOfIt: false))
        #expect(ledger(storage: 700).answer(to: TaskID(0), asking: 500) == .granted(evicting: 0))
        #expect(ledger(storage: 700).answer(to: TaskID(0), asking: 501) == .granted(evicting: 1))
        #expect(ledger(storage: 300).answer(to: TaskID(0), asking: 900) == .granted(evicting: 0))
        #expect(ledger(storage: 300).answer(to: TaskID(0), asking: 901).isRefused)
        #expect(ledger(storage: 1200, fraction: 0).answer(to: TaskID(0), asking: 1200) == .granted(evicting: 1200))
        #expect(ledger(storage: 1200, fraction: 1).answer(to: TaskID(0), asking: 1).isRefused)
    }

    @Test func aTaskWithNothingIsNotCounted() {
        var ledger = ledger(tasks: [1: 10, 2: 20])
        #expect(ledger.tasks.count == 2)
        ledger.add(-10, to: TaskID(1))
        ledger.add(-20, to: TaskID(2))
        #expect(ledger.tasks.isEmpty && ledger.execution == 0)
        #expect(ledger.answer(to: TaskID(3), asking: 1200) == .granted(evicting: 0))
    }

    @Test func noMemoryAtAll() {
        let none = MemoryLedger(capacity: 0, storageFraction: 0.5)
        #expect(none.answer(to: TaskID(0), asking: 0) == .granted(evicting: 0))
        #expect(none.answer(to: TaskID(0), asking: 1) == .refused(isSureOfIt: false))
    }

    /// Random grants, releases, outputs and cached partitions against a summing model: M1, M2 and M4.
    @Test(arguments: 0..<60)
    func randomSequences(_ seed: Int) {
        var random = SeededGenerator(seed: seed)
        let capacity = Int.random(in: 0...3000, using: &random)
        var ledger = MemoryLedger(capacity: capacity, storageFraction: Double(seed % 5) / 4)
        var tasks: [Int: Int] = [:]
        var (storage, outputs) = (0, 0)
        for _ in 0..<400 {
            let task = Int.random(in: 0..<5, using: &random)
            let bytes = Int.random(in: 0...(capacity / 3 + 1), using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1, 2:
                let before = ledger
                switch ledger.answer(to: TaskID(task), asking: bytes) {
                case .granted(let evicting):
                    #expect(evicting <= max(0, storage - ledger.storageShare))
                    ledger.addStorage(-evicting)
                    storage -= evicting
                    ledger.add(bytes, to: TaskID(task))
                    tasks[task, default: 0] += bytes
                    // M4: nothing beyond the capacity, nor beyond the share.
                    #expect(ledger.heldBytes <= capacity || bytes == 0)
                    let count: Int = Set(tasks.keys).union([task]).count
                    let held: Int = tasks[task] ?? 0
                    #expect(held <= capacity / count || bytes == 0)
                case .refused(let isSure):
                    #expect(before == ledger)
                    let count: Int = Set(tasks.keys).union([task]).count
                    let wanted: Int = (tasks[task] ?? 0) + bytes
                    let pool: Int = capacity - min(storage, ledger.storageShare)
                    #expect(isSure == (wanted <= pool / (2 * count)))
                    let isOver: Bool = wanted > (pool - outputs) / count
                    let missing: Int = ledger.heldBytes + bytes - capacity
                    #expect(isOver || missing > max(0, storage - ledger.storageShare))
                }
            case 3:
                let returned = min(tasks[task] ?? 0, bytes)
                ledger.add(-returned, to: TaskID(task))
                tasks[task, default: 0] -= returned
            case 4:
                ledger.addOutputs(bytes)
                outputs += bytes
            case 5:
                let returned = min(outputs, bytes * 3)
                ledger.addOutputs(-returned)
                outputs -= returned
            case 6:
                guard let evicting = ledger.evictionForStorage(of: bytes) else {
                    let execution: Int = ledger.execution
                    #expect(bytes > capacity - execution || storage + execution > capacity)
                    break
                }
                #expect(evicting <= storage)
                ledger.addStorage(bytes - evicting)
                storage += bytes - evicting
                // M1.
                #expect(ledger.storage <= capacity - ledger.execution)
            default:
                let returned = min(storage, bytes)
                ledger.addStorage(-returned)
                storage -= returned
            }
            tasks = tasks.filter { $0.value > 0 }
            #expect(ledger.storage == storage && ledger.outputs == outputs)
            #expect(ledger.tasks == Dictionary(uniqueKeysWithValues: tasks.map { (TaskID($0.key), $0.value) }))
            let taskBytes: Int = tasks.values.reduce(0, +)
            #expect(ledger.execution == outputs + taskBytes)
            #expect(ledger.heldBytes == ledger.execution + storage)
        }
    }
}

extension MemoryLedger.Answer {
    var isRefused: Bool { if case .refused = self { true } else { false } }
}
