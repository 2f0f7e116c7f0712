import MartletFiles
import Testing

@Suite struct WholeFileReaderTests {
    let directory = TemporaryDirectory()

    /// Sizes of files, wishes, and the files of each partition.
    @Test(
        arguments: [
            ([10, 10, 10, 10], 2, 1_000, [2, 2]), ([10, 10, 10, 10], 1, 20, [2, 2]), ([10, 10], 9, 1_000, [1, 1]),
            ([0, 0, 0], 3, 1_000, [1, 1, 1]), ([0, 0, 0], 1, 1_000, [3]), ([0], 4, 1_000, [1]),
            ([100, 1, 1, 1], 2, 1_000, [1, 3]), ([1, 1, 1, 100], 2, 1_000, [3, 1]), ([], 2, 1_000, [0]),
            ([500], 8, 100, [1]),
        ] as [([Int], Int, Int, [Int])])
    func plans(_ sizes: [Int], _ minPartitions: Int, _ maxSplitBytes: Int, _ counts: [Int]) throws {
        try directory.write("in/_keep", "")
        for (index, size) in sizes.enumerated() { try directory.write("in/\(index)", [UInt8](repeating: 1, count: size)) }
        let plan = try InputPlan.files(
            paths: directory.path("in"), minPartitions: minPartitions, maxSplitBytes: maxSplitBytes)
        #expect(plan.partitions.map(\.count) == counts)
        #expect(plan.partitions.joined().map(\.length) == sizes)
        #expect(plan.totalBytes == sizes.reduce(0, +))
    }

    @Test func filesComeBack() throws {
        let contents: [[UInt8]] = [0, 1, 4095, 4096, 4097, 100_000, 5, 0].map { count in
            (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) }
        }
        for (index, bytes) in contents.enumerated() {
            try directory.write("\(index)", bytes)
            for codec in Codec.allCases where codec != .plain {
                try directory.write("\(index)\(codec.fileSuffix)", compressed(bytes, codec))
            }
        }
        // Long files of few stored bytes.
        try directory.write("zeros.zst", compressed([UInt8](repeating: 0, count: 300_000), .zstd))
        let plan = try InputPlan.files(paths: directory.path, minPartitions: 3)
        let files = try plan.partitions.flatMap { splits throws(FileError) in try readWholeFiles(splits) }
        #expect(files.count == Codec.allCases.count * contents.count + 1)
        for (path, bytes) in files {
            let name = path.split(separator: "/").last ?? ""
            guard let index = Int(name.prefix { $0 != "." }) else {
                #expect(bytes == [UInt8](repeating: 0, count: 300_000))
                continue
            }
            #expect(bytes == contents[index], "\(name)")
        }
        #expect(openDescriptors(below: directory.path) == 0)
    }

    @Test func failures() throws {
        let path = try directory.write("f", [UInt8](repeating: 1, count: 1_000))
        let plan = try InputPlan.files(paths: path, minPartitions: 1)
        directory.cut("f", to: 10)
        #expect(fileError { () throws(FileError) in try readWholeFiles(plan.partitions[0]) }
            == .changed(path: path, plannedSize: 1_000, size: 10))
        let empty = try directory.write("empty.gz", [])
        #expect(fileError { () throws(FileError) in try InputPlan.files(paths: empty, minPartitions: 1) }
            == .truncated(path: empty, codec: .gzip, offset: 0))
        let whole = compressed(Array("text".utf8), .gzip)
        let cut = try directory.write("cut.gz", whole.dropLast(4))
        let cutPlan = try InputPlan.files(paths: cut, minPartitions: 1)
        #expect(fileError { () throws(FileError) in try readWholeFiles(cutPlan.partitions[0]) }
            == .truncated(path: cut, codec: .gzip, offset: whole.count - 4))
    }

    @Test func scratchDirectories() throws {
        var path = ""
        do {
            let scratch = try ScratchDirectory(prefix: "martlet-files-scratch-")
            path = scratch.path
            #expect(path.contains("/martlet-files-scratch-"))
            try scratch.link(contentsOf: currentDirectory())
            #expect(directory.names(in: "../" + (path.split(separator: "/").last ?? ""))?.contains("Package.swift") == true)
            let writer = try FileWriter(creating: path + "/mine")
            try writer.close()
        }
        #expect(directory.names(in: "../" + (path.split(separator: "/").last ?? "")) == nil)
    }
}
