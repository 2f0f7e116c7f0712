import ChildProgram
import Glibc
import TestSupport
import Testing

/// The memory of jobs in a process of their own, whose peak is measured: the allowed memory, and some more for batches,
/// pages, and `malloc`.
@Suite(.localOnly) struct PeakMemoryTests {
    private let folder = TemporaryDirectory()

    /// - Parameters:
    ///   - memory: the allowed memory.
    ///   - data: the bytes in long rows, one of each `period`.
    /// - Returns: the outcome, and the peak above the start in MiB.
    private func run(
        _ operation: String, memory: Int, data: Int, period: Int = 2, phase: Int = 0
    ) throws -> (outcome: String, peak: Int) {
        let job = Child.program("memory-job")
        let child = try Child([job, operation, "\(memory)", "\(data)", "\(period)", "\(phase)", folder.path])
        let lines = child.lines()
        #expect(child.wait() == 0 && lines.count == 2, "\(lines)")
        let peak = lines.last.flatMap { $0.hasPrefix("peak ") ? Int($0.dropFirst(5)) : nil }
        return (lines.first ?? "", peak ?? .max)
    }

    static let operations = ["cache", "persist", "group", "sort", "join", "cogroup", "repartition", "distinct"]

    /// Many times the allowed memory, in long rows between short ones.
    @Test(arguments: operations, [0, 1])
    func longAndShortRows(_ operation: String, _ phase: Int) throws {
        // Long texts are hashed slowly without optimization.
        let (outcome, peak) = try run(operation, memory: 32, data: operation == "distinct" ? 128 : 256, phase: phase)
        #expect(outcome.hasPrefix("counted "), "\(outcome)")
        #expect(peak < 120, "\(operation) takes \(peak) MiB")
    }

    /// Rows that are not plain texts; only some of them are visited.
    @Test(arguments: ["cache", "group", "repartition"], [5, 170])
    func rowsOfWhichSomeAreLookedAt(_ operation: String, _ period: Int) throws {
        let (outcome, peak) = try run(operation + ",optional", memory: 32, data: 128, period: period)
        #expect(outcome.hasPrefix("counted "), "\(outcome)")
        #expect(peak < 100, "\(operation), one of \(period), takes \(peak) MiB")
    }

    /// The values of one key cannot be divided: they are refused before they have taken much more than allowed.
    @Test(arguments: ["group,onekey", "group,onekeytexts"])
    func oneKey(_ operation: String) throws {
        let (outcome, peak) = try run(operation, memory: 64, data: 256)
        #expect(outcome.hasPrefix("failed: ") && outcome.contains("they belong to one key"), "\(outcome)")
        #expect(peak < 3 * 64, "\(peak) MiB")
    }
}
