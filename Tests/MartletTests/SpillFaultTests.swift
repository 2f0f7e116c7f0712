import Foundation
import Martlet
import MartletPages
import Synchronization
import TestSupport
import Testing

/// Files that are damaged or lost while a context uses them, and the files, descriptors and memory that are left.
@Suite struct SpillFaultTests {
    private let place = ScratchPlace()

    private static func spilling(_ count: Int) -> String { "martlet.shuffle.spill.numElementsForceSpillThreshold=\(count)" }

    /// Once the last reference to an RDD is gone, nothing is left; once the context has stopped, not even its directory.
    private func expectClean(_ context: MartletContext) async {
        #expect(await eventually { place.isClean(context) }, "\(place.files) \(place.descriptors) \(context.heldBytes)")
        context.stop()
        #expect(await eventually { place.names.isEmpty }, "\(place.names)")
    }

    typealias Program = @Sendable (MartletContext, CallCounter) -> @Sendable () async throws -> String

    /// Jobs whose map outputs are files; each element of four partitions of 3000 is counted.
    static let programs: [(String, Program)] = [
        ("reduceByKey", { context, calls in
            let sums = numbers(context, calls).map { ($0 % 1000, $0) }.reduceByKey(partitions: 3, +)
            return { "\(try await sums.collect())" }
        }),
        ("groupByKey", { context, calls in
            let groups = numbers(context, calls).map { ("key \($0 % 1000)", $0) }.groupByKey(partitions: 3)
            return { "\(try await groups.collect())" }
        }),
        ("sortBy", { context, calls in
            let sorted = numbers(context, calls).sortBy(partitions: 3) { $0 &* 7919 % 1000 }
            return { "\(try await sorted.collect())" }
        }),
        ("join", { context, calls in
            let few = context.range(0, 50, partitions: 2).map { ($0, "few") }
            let joined = numbers(context, calls).map { ($0 % 1000, $0) }.join(few, partitioner: .hash(3))
            return { "\(try await joined.collect())" }
        }),
        ("repartition", { context, calls in
            let dealt = numbers(context, calls).repartition(3)
            return { "\(try await dealt.collect())" }
        }),
    ]

    private static func numbers(_ context: MartletContext, _ calls: CallCounter) -> RDD<Int> {
        context.range(0, 12_000, partitions: 4).map { number in
            calls.add()
            return number
        }
    }

    /// A change of a file between two actions.
    enum Damage: CaseIterable {
        case firstByte, middle, lastByte, cut, emptied, deleted, allDeleted

        func strike(_ files: [String]) {
            let largest = files.max { ScratchPlace.size(of: $0) < ScratchPlace.size(of: $1) } ?? ""
            let size = ScratchPlace.size(of: largest)
            switch self {
            case .firstByte: ScratchPlace.flip(largest, at: 0)
            case .middle: ScratchPlace.flip(largest, at: size / 2)
            case .lastByte: ScratchPlace.flip(largest, at: size - 1)
            case .cut: truncate(largest, size / 2)
            case .emptied: truncate(largest, 0)
            case .deleted: unlink(largest)
            case .allDeleted: for file in files { unlink(file) }
            }
        }
    }

    /// The map task of a damaged output is rerun, alone, and the result is correct.
    @Test(.localOnly, arguments: programs.indices, Damage.allCases)
    func aDamagedMapOutputIsMadeAgain(_ index: Int, _ damage: Damage) async throws {
        let (name, program) = Self.programs[index]
        let calls = CallCounter()
        let context = try makeContext("local[2]", place.setting, Self.spilling(5000))
        do {
            let action = program(context, calls)
            let expected = try await action()
            #expect(calls.count == 12_000)
            // With one file for each output, a damaged file is one lost output.
            let local = try #require(context.driver.environment)
            _ = try local.shuffles.moveToDisk(.max, local.scratch)
            #expect(!place.files.isEmpty && place.descriptors.isEmpty)
            damage.strike(place.files)
            #expect(try await action() == expected, "\(name), \(damage)")
            let again = calls.count - 12_000
            if damage == .allDeleted {
                #expect(again == 12_000, "\(name)")
            } else {
                #expect(again == 3000 || damage == .lastByte && again == 0, "\(name), \(damage): \(again) calls")
            }
            // It is not rerun a third time.
            let before = calls.count
            #expect(try await action() == expected)
            #expect(calls.count == before)
        }
        await expectClean(context)
    }

    /// Damage in a running task's own spill: its next attempt recomputes it.
    @Test(.localOnly, arguments: [1, 4])
    func damageInATasksOwnSpill(_ maxFailures: Int) async throws {
        let context = try makeContext("local[2,\(maxFailures)]", place.setting, Self.spilling(100))
        do {
            let placed = context.range(0, 10_000, partitions: 3).map { ($0 % 2000, $0) }.partitionBy(.hash(2))
            #expect(try await placed.count() == 10_000)
            let outputs = Set(place.files)
            let isStruck = Atomic<Bool>(false)
            let sums = placed.reduceByKey(+).map { [place] row in
                // The first row arrives when the task has spilled, and before it has read all of the spill.
                if TaskContext.current?.partitionID == 0, !isStruck.exchange(true, ordering: .relaxed) {
                    for file in place.files where !outputs.contains(file) {
                        ScratchPlace.flip(file, at: ScratchPlace.size(of: file) * 3 / 4)
                    }
                }
                return row
            }
            let result = await Result { try await sums.collect() }
            switch result {
            case .success(let rows):
                #expect(maxFailures == 4 && rows.count == 2000)
                #expect(rows.allSatisfy { $0.1 == (0..<5).reduce(0) { sum, step in sum + step * 2000 } + 5 * $0.0 })
            case .failure(let error):
                let text = "\(error)"
                #expect(maxFailures == 1)
                #expect(text.contains(place.path) && text.contains("page data at byte "), "\(text)")
                #expect(text.contains("expected ") && text.contains("found "), "\(text)")
            }
            let wasStruck = isStruck.load(ordering: .relaxed)
            #expect(wasStruck)
            #expect(await eventually { Set(place.files) == outputs && place.descriptors.isEmpty }, "\(place.files)")
        }
        await expectClean(context)
    }

    /// A user's function fails in the middle of a job; then the same context continues.
    @Test(.localOnly, arguments: [1, 3])
    func aJobThatFailsWhileItSpills(_ maxFailures: Int) async throws {
        let context = try makeContext("local[2,\(maxFailures)]", place.setting, Self.spilling(50))
        let counter = LiveCounter()
        do {
            for bad in [0, 4999, 9999, -1] {
                let pairs = context.range(0, 10_000, partitions: 3).map { number in
                    if number == bad { throw Refusal(value: number) }
                    return (number % 2000, Noted(number, counter))
                }
                let error = await failure {
                    let sums = try await pairs.reduceByKey(partitions: 2) { $0.value < $1.value ? $1 : $0 }
                        .sortBy(partitions: 2) { -$0.0 }.collect()
                    #expect(sums.map(\.1.value) == Array((8000..<10_000).reversed()))
                }
                #expect((error == nil) == (bad < 0), "\(String(describing: error))")
                #expect(await eventually { place.files.isEmpty && counter.live == 0 }, "\(place.files) \(counter.live)")
            }
        }
        await expectClean(context)
    }

    /// The reduce side fails while its own spills are open.
    @Test func aMergeThatFails() async throws {
        let context = try makeContext("local[2]", place.setting, Self.spilling(20))
        do {
            let rows = context.range(0, 8000, partitions: 3).map { ($0 % 1000, $0) }
            let programs: [() async throws -> Int] = [
                { try await rows.partitionBy(.hash(2)).reduceByKey { if $1 > 7900 { throw Refusal(value: $1) } else { $0 + $1 } }.count() },
                { try await rows.groupByKey(partitions: 2).map { if $0.0 == 990 { throw Refusal(value: 990) } else { $0 } }.count() },
                { try await rows.sortByKey(partitions: 2).map { if $0.0 == 990 { throw Refusal(value: 990) } else { $0 } }.count() },
                { try await rows.join(rows, partitioner: .hash(2)).map { if $0.0 == 990 { throw Refusal(value: 990) } else { $0 } }.count() },
                { try await rows.groupByKey(partitions: 2).take(1).count - 1 },
            ]
            for (index, program) in programs.enumerated() {
                let error = await failure {
                    let count = try await program()
                    #expect(count == 0)
                }
                #expect(index == 4 ? error == nil : "\(error.map { "\($0)" } ?? "")".contains("refused"))
                #expect(await eventually { place.isClean(context) }, "\(index): \(place.files) \(place.descriptors)")
            }
        }
        await expectClean(context)
    }

    /// Cancelled in the map tasks, which hold files, and in the reduce tasks, which read some and hold others.
    @Test(.localOnly, arguments: [false, true])
    func aJobThatIsCancelledWhileItSpills(_ isReducing: Bool) async throws {
        let context = try makeContext("local[2]", place.setting, Self.spilling(50))
        do {
            let gate = Gate()
            let job = Task {
                try await context.range(0, 20_000, partitions: 4).map { number in
                    if !isReducing, number == 4000 || number == 9000 { gate.pass() }
                    return (number % 3000, number)
                }.partitionBy(.hash(2)).reduceByKey { left, right in
                    if isReducing, right >= 15_000 { gate.pass() }
                    return left + right
                }.sortBy(partitions: 2) { $0.1 }.count()
            }
            #expect(await eventually { gate.arrivals >= (isReducing ? 1 : 2) })
            #expect(!place.files.isEmpty || !place.descriptors.isEmpty || !isReducing)
            job.cancel()
            let error = await failure { try await job.value }
            #expect(error is CancellationError)
        }
        await expectClean(context)
    }

    /// A context that is stopped while its tasks spill leaves nothing behind.
    @Test(.localOnly) func stoppingWhileTasksSpill() async throws {
        let gate = Gate()
        do {
            let context = try makeContext("local[2]", place.setting, Self.spilling(50))
            let job = Task {
                try await context.range(0, 20_000, partitions: 2).map { number in
                    if number % 10_000 == 4000 { gate.pass() }
                    return (number, number)
                }.groupByKey(partitions: 2).count()
            }
            #expect(await eventually { gate.arrivals == 2 })
            context.stop()
            gate.open()
            #expect(await failure { try await job.value } != nil)
        }
        #expect(await eventually { place.names.isEmpty && place.descriptors.isEmpty }, "\(place.names)")
    }

    /// A result that cannot be written to disk works as long as it fits, and is refused with the operator and the figures.
    @Test(.localOnly) func whatCannotBeWritten() async throws {
        let roomy = try makeContext("local[2]", place.setting)
        defer { roomy.stop() }
        let small = try makeContext("local[2]", place.setting, "martlet.executor.memory=64k")
        let counter = LiveCounter()
        func groups(_ context: MartletContext) -> RDD<(Int, [Tracked])> {
            context.range(0, 20_000, partitions: 2).map { ($0 % 9000, Tracked($0, counter)) }.groupByKey(partitions: 2)
        }
        #expect(try await groups(roomy).map(\.1.count).sum() == 20_000)
        let error = await failure { try await groups(small).count() }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("groupByKey") && text.contains("Tracked") && text.contains("martlet.executor.memory"), "\(text)")
        #expect(await eventually { counter.live == 0 })
        await expectClean(small)
    }
}

/// A value that can be written to disk, and whose lifetime is watched in the process that made it.
private final class Noted: Sendable, Codable {
    let value: Int
    private let tracked: Tracked?

    init(_ value: Int, _ counter: LiveCounter) {
        self.value = value
        tracked = Tracked(value, counter)
    }

    init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
        tracked = nil
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
