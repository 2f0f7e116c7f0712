import Glibc
import MartletFiles
import MartletStatistics
import Testing

@Suite struct CompressedWriterTests {
    let directory = TemporaryDirectory()

    @Test(arguments: Codec.allCases, [[], [0], [1], [3, 0, 100_000, 7], [1_000_000], Array(repeating: 997, count: 400)])
    func writesComeBack(_ codec: Codec, _ sizes: [Int]) throws {
        var generator = SeededGenerator(seed: 1)
        let name = "out" + codec.fileSuffix
        let writer = CompressedWriter(try FileWriter(creating: directory.path(name)), codec: codec)
        var expected: [UInt8] = []
        for (number, size) in sizes.enumerated() {
            let isNoise = number % 2 == 0
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: isNoise ? Int(generator.next() >> 8) : $0 / 9) }
            try writer.write(bytes.span)
            expected += bytes
        }
        try writer.close()
        try writer.close()
        let splits = try InputPlan.text(paths: directory.path(name), minPartitions: 1)
        #expect(try readAllLines(splits).flatMap(\.bytes) == expected)
        #expect(openDescriptors(below: directory.path) == 0)
    }

    @Test(arguments: Codec.allCases)
    func fullDisk(_ codec: Codec) throws {
        let writer = CompressedWriter(try FileWriter(creating: "/dev/full"), codec: codec)
        #expect(
            fileError { () throws(FileError) in
                try writer.write([UInt8]([1, 2, 3]).span)
                try writer.close()
            } == .writeFailed(path: "/dev/full", code: ENOSPC))
    }

    @Test func droppedWritersCloseTheirFiles() throws {
        for codec in Codec.allCases {
            let writer = CompressedWriter(try FileWriter(creating: directory.path("dropped")), codec: codec)
            try writer.write([UInt8]([1]).span)
        }
        #expect(openDescriptors(below: directory.path) == 0)
    }
}
