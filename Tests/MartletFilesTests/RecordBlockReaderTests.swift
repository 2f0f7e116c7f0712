import MartletFiles
import Testing

@Suite struct RecordBlockReaderTests {
    let directory = TemporaryDirectory()

    @Test(arguments: [1, 3, 10, 64], [1, 2, 7])
    func recordsComeBack(length: Int, minPartitions: Int) throws {
        let files = [17, 0, 1, 40].map { count in
            (0..<count * length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        }
        for (index, bytes) in files.enumerated() { try directory.write("f\(index)", bytes) }
        let plan = try InputPlan.records(
            paths: directory.path, length: length, minPartitions: minPartitions, maxSplitBytes: 20 * length)
        #expect(plan.partitions.count >= minPartitions)
        let splits = plan.partitions.flatMap(\.self)
        #expect(splits.allSatisfy { $0.offset % length == 0 && $0.length % length == 0 })
        for blockBytes in [1, 100, 1 << 18] {
            var bytes: [UInt8] = []
            for partition in plan.partitions {
                bytes += try readRecords(partition, length: length, blockBytes: blockBytes)
            }
            #expect(bytes == files.flatMap(\.self))
        }
    }

    @Test func offsets() throws {
        let path = try directory.write("f", [UInt8](repeating: 1, count: 100))
        let plan = try InputPlan.records(paths: path, length: 10, minPartitions: 2)
        let reader = RecordBlockReader(splits: plan.partitions[1], recordLength: 10, blockBytes: 25)
        var offsets: [Int] = []
        while try reader.nextBlockCount() != nil { offsets.append(reader.blockOffset) }
        #expect(offsets == [50, 70, 90])
        #expect(reader.currentPath == path)
        #expect(openDescriptors(below: directory.path) == 0)
    }

    @Test func recordLargerThanASplit() throws {
        let path = try directory.write("f", [UInt8](repeating: 1, count: 100))
        let plan = try InputPlan.records(paths: path, length: 50, minPartitions: 9, maxSplitBytes: 1)
        #expect(plan.partitions.map { $0.map(\.length) } == [[50], [50]])
    }

    @Test func refusedFiles() throws {
        let path = try directory.write("f", [UInt8](repeating: 1, count: 101))
        let gz = try directory.write("f.gz", compressed([1, 2], .gzip))
        func error(_ path: String, _ length: Int) -> FileError? {
            fileError { () throws(FileError) in
                try InputPlan.records(paths: path, length: length, minPartitions: 1)
            }
        }
        #expect(error(path, 10) == .recordLength(path: path, size: 101, length: 10))
        #expect(error(path, 0) == .recordLength(path: path, size: 0, length: 0))
        #expect(error(gz, 1) == .compressedRecords(path: gz, codec: .gzip))
        #expect(error(directory.path("none"), 1) == .notFound(path: directory.path("none")))
    }

    @Test func shrunkFile() throws {
        let path = try directory.write("f", [UInt8](repeating: 1, count: 1_000))
        let plan = try InputPlan.records(paths: path, length: 10, minPartitions: 1)
        let reader = RecordBlockReader(splits: plan.partitions[0], recordLength: 10, blockBytes: 100)
        #expect(try reader.nextBlockCount() != nil)
        directory.cut("f", to: 155)
        let error = fileError { () throws(FileError) in while try reader.nextBlockCount() != nil {} }
        #expect(error == .changed(path: path, plannedSize: 1_000, size: 155))
        #expect(fileError { () throws(FileError) in try reader.nextBlockCount() } == error)
        #expect(openDescriptors(below: directory.path) == 0)
    }
}
