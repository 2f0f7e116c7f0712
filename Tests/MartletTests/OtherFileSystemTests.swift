import Martlet
import MartletFiles
import MartletPlan
import TestFileSystems
import TestSupport
import Testing

/// Jobs that read and write files of other file systems, here and on executors, which find them by the scheme.
@Suite struct OtherFileSystemTests {
    private let place = TemporaryDirectory()
    private let context: MartletContext

    init() throws { context = try makeContext() }

    /// Executors cannot see what is in the memory of this process.
    private var roots: [String] {
        let shared = "shared:" + place.path
        return testMaster == nil ? [shared, "memory:" + place.path] : [shared]
    }

    @Test func textFiles() async throws {
        for root in roots {
            let lines = (0..<3_000).map { "line \($0)" }
            let rdd = context.parallelize(lines, partitions: 3)
            try await rdd.saveAsTextFile(root + "/plain")
            try await rdd.saveAsTextFile(root + "/packed", codec: .zstd)
            for path in ["/plain", "/packed", "/plain/part-*", "/{plain,none}", "/plain/part-00000,\(root)/plain/part-0000[12]"] {
                #expect(try await context.textFile(root + path).collect() == lines, "\(root)\(path)")
            }
            #expect(try await context.textFile(root + "/plain", delimiter: "\n", minPartitions: 7).collect() == lines)
            #expect(try await context.textLines(root + "/plain", minPartitions: 7).map { String($0) }.collect() == lines)
            let counts = try await context.textFile(root + "/plain").map { ($0.utf8.count, 1) }.reduceByKey(+).collectAsMap()
            #expect(counts == [6: 10, 7: 90, 8: 900, 9: 2_000])
            let parts = (0..<3).map { "\(root)/plain/part-0000\($0)" }
            #expect(try await context.wholeTextFiles(root + "/plain").keys().collect() == parts)
            #expect(try await context.binaryFiles(root + "/packed").count() == 3)
            await #expect(throws: FileError.outputExists(path: root + "/plain")) {
                try await rdd.saveAsTextFile(root + "/plain")
            }
            await #expect(throws: FileError.notFound(path: root + "/none")) {
                try await context.textFile(root + "/none").count()
            }
        }
    }

    @Test func recordsAndObjects() async throws {
        for root in roots {
            let numbers = context.range(0, 10_000, partitions: 4)
            try await numbers.saveAsBinaryRecords(root + "/records")
            #expect(try await context.binaryRecords(root + "/records", as: Int.self, minPartitions: 9).sum() == 49_995_000)
            #expect(try await context.binaryRecords(root + "/records", length: 16).count() == 5_000)
            try await numbers.map { ($0, "\($0)") }.saveAsObjectFile(root + "/objects")
            let objects = context.objectFile(root + "/objects", of: (Int, String).self)
            #expect(try await objects.filter { "\($0.0)" == $0.1 }.count() == 10_000)
            #expect(objects.partitionCount == 4)
            try await context.emptyRDD(of: Int.self).saveAsObjectFile(root + "/nothing")
            #expect(try await context.objectFile(root + "/nothing", of: Int.self).count() == 0)
            await #expect(throws: (any Error).self) {
                try await context.objectFile(root + "/records/part-00000", of: Int.self).count()
            }
        }
    }

    @Test func checkpoints() async throws {
        for root in roots {
            context.setCheckpointDirectory(root + "/kept")
            #expect(context.checkpointDirectory == root + "/kept")
            let squares = context.range(0, 1_000, partitions: 3).map { $0 * $0 }.checkpoint()
            #expect(try await squares.sum() == 332_833_500)
            #expect(squares.checkpointFile?.hasPrefix(root + "/kept/") == true && squares.dependencies.isEmpty)
            #expect(try await squares.sum() == 332_833_500)
            #expect(try await squares.map { $0 % 7 }.distinct().count() == 4)
        }
    }

    /// A job that fails leaves no output, whatever its attempts wrote.
    @Test func failedJobs() async throws {
        for root in roots {
            let broken = context.range(0, 100, partitions: 2).map { number in
                if number == 99 { throw FileError.badPath(path: "", reason: "on purpose") }
                return number
            }
            await #expect(throws: JobError.self) { try await broken.saveAsTextFile(root + "/failed") }
            await #expect(throws: JobError.self) { try await broken.saveAsObjectFile(root + "/failed") }
            #expect(try FileSystems.of(root).entry(at: root + "/failed") == nil)
        }
    }

    /// The plan of a source knows on which hosts its partitions are, and a stage's tasks where they are best run.
    @Test func preferredHosts() async throws {
        let blockBytes = SharedFileSystem.blockBytes
        try place.write("in/file", String(repeating: String(repeating: "x", count: 63) + "\n", count: 4 * blockBytes / 64))
        let lines = context.textFile("shared:\(place.path)/in/file", minPartitions: 4)
        #expect(lines.partitionCount == 4)
        let hosts = (0..<4).map { [SharedFileSystem.host(ofBlock: $0)] }
        #expect(lines.lineage.plan.preferredHosts == hosts)
        let reversed = lines.map { $0.utf8.count }.coalesce(2)
        #expect(reversed.partitionCount == 2)
        let plan = JobPlan(graph: LineageGraph(root: reversed.lineage.id, nodes: reversed.lineage.snapshot().map(\.plan)))
        let reads = plan.hostedReads(ofStage: 0)
        #expect(reads.count == 1)
        #expect(reads.first.map { [$0.hosts(of: 0), $0.hosts(of: 1)] } == [hosts[0], hosts[2]])
        #expect(try await reversed.count() == 4 * blockBytes / 64)
        let local = context.textFile(place.path("in/file"), minPartitions: 4)
        #expect(local.partitionCount == 4 && local.lineage.plan.preferredHosts.isEmpty)
        try await context.range(0, 3, partitions: 3).saveAsObjectFile("shared:" + place.path("objects"))
        let objects = context.objectFile("shared:" + place.path("objects"), of: Int.self)
        #expect(objects.partitionCount == 3)
        #expect(objects.lineage.plan.preferredHosts == [["host-0"], ["host-0"], ["host-0"]])
    }
}
