import Foundation
import Glibc
import Martlet
import Testing

/// Kept partitions that other executors read, or have copies of: with processes.
@Suite(.serialized) struct KeptElsewhereTests {
    /// Who has computed it, its number, and a text.
    private typealias Row = (pid: Int32, number: Int, text: String)

    private static func rows(_ context: MartletContext, _ calls: LongAccumulator, partitions: Int = 6) -> RDD<Row> {
        context.range(0, 12_000, partitions: partitions).map { number in
            if number % 2000 == 0 { usleep(20_000) }
            calls.add(1)
            return (pid: getpid(), number: number, text: "the row with number \(number)")
        }
    }

    @Test(arguments: [StorageLevel.memoryOnly, .memoryOnlySer, .diskOnly])
    func readByAnother(_ level: StorageLevel) async throws {
        let context = try await makeContext()
        let calls = context.longAccumulator()
        let rows = Self.rows(context, calls).persist(level)
        let computed = try await rows.collect()
        #expect(Set(computed.map(\.pid)).count == 2 && calls.value == 12_000)
        // One task reads the partitions of both.
        let read = try await rows.coalesce(1).collect()
        #expect(read.elementsEqual(computed) { $0 == $1 })
        #expect(calls.value == 12_000)
        rows.unpersist()
        #expect(try await rows.coalesce(1).count() == 12_000)
        #expect(calls.value == 24_000)
        context.stop()
    }

    @Test(arguments: [StorageLevel.memoryOnly2, .memoryAndDiskSer2])
    func copyAfterLoss(_ level: StorageLevel) async throws {
        let context = try await makeContext()
        let calls = context.longAccumulator()
        let rows = Self.rows(context, calls).persist(level)
        let computed = try await rows.collect()
        #expect(rows.cachedPartitionCount == 6)
        let victim = try #require(computed.first?.pid)
        kill(victim, SIGKILL)
        for _ in 0..<2 {
            let read = try await rows.collect()
            #expect(read.elementsEqual(computed) { $0 == $1 })
        }
        #expect(calls.value == 12_000)
        context.stop()
    }

    /// Copies are files of their own, which go with the RDD's.
    @Test func unpersistedCopies() async throws {
        let directory = "\(memoryDirectory)/martlet-copies-\(getpid())"
        mkdir(directory, 0o700)
        defer { rmdir(directory) }
        let context = try await makeContext(executors: 3, "martlet.local.dir=\(directory)")
        let calls = context.longAccumulator()
        let rows = Self.rows(context, calls).persist(.diskOnly2)
        #expect(try await rows.count() == 12_000)
        #expect(rows.cachedPartitionCount == 6 && files(in: directory) == 12)
        rows.unpersist()
        let deadline = ContinuousClock.now + .seconds(20)
        while files(in: directory) > 0, ContinuousClock.now < deadline { usleep(1000) }
        #expect(files(in: directory) == 0 && rows.cachedPartitionCount == 0)
        #expect(try await rows.count() == 12_000)
        #expect(calls.value == 24_000)
        context.stop()
    }

    /// Partitions without elements are kept, too.
    @Test func emptyPartitions() async throws {
        let context = try await makeContext()
        let calls = context.longAccumulator()
        let rows = context.range(0, 8, partitions: 8).filter { $0 % 4 == 1 }.mapPartitions { numbers in
            calls.add(1)
            return Array(numbers)
        }.persist(.memoryOnly2)
        #expect(try await rows.collect() == [1, 5])
        #expect(rows.cachedPartitionCount == 8)
        #expect(try await rows.coalesce(1).collect() == [1, 5])
        #expect(calls.value == 8)
        context.stop()
    }

    /// Nobody else is there to keep a copy.
    @Test func onlyExecutor() async throws {
        let context = try await makeContext(executors: 1)
        let calls = context.longAccumulator()
        let rows = Self.rows(context, calls).persist(.memoryOnly2)
        #expect(try await rows.count() == 12_000)
        #expect(try await rows.count() == 12_000)
        #expect(calls.value == 12_000)
        context.stop()
    }

    /// Files of kept partitions.
    private func files(in directory: String) -> Int {
        (try? FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.contains("rdd_") }.count) ?? 0
    }
}
