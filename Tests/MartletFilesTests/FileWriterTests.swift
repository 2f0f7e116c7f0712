import Glibc
import MartletFiles
import Testing

@Suite struct FileWriterTests {
    let directory = TemporaryDirectory()

    @Test(arguments: [
        [0], [1, 2, 3], [1 << 18], [(1 << 18) - 1, 2], [300_000, 5, 262_144, 1],
        Array(repeating: 1_000, count: 600),
    ])
    func writesComeBack(_ sizes: [Int]) throws {
        let writer = try FileWriter(creating: directory.path("out"))
        var expected: [UInt8] = []
        for (index, size) in sizes.enumerated() {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index + 1), count: size)
            try writer.write(bytes.span)
            expected += bytes
        }
        #expect(writer.bytesWritten == expected.count)
        try writer.close()
        try writer.close()
        #expect(directory.bytes(of: "out") == expected)
        #expect(openDescriptors(below: directory.path) == 0)
    }

    @Test func creatingEmptiesTheFile() throws {
        try directory.write("out", "long old content")
        try directory.write("out", "new")
        #expect(directory.text(of: "out") == "new")
    }

    @Test func droppedWriterClosesItsFile() throws {
        do {
            let writer = try FileWriter(creating: directory.path("out"))
            try writer.write([UInt8]([1, 2, 3]).span)
            #expect(openDescriptors(below: directory.path) == 1)
        }
        #expect(openDescriptors(below: directory.path) == 0)
    }

    @Test func fullDisk() throws {
        let full = FileError.writeFailed(path: "/dev/full", code: ENOSPC)
        let small = try FileWriter(creating: "/dev/full")
        try small.write([UInt8]([1]).span)
        #expect(fileError { () throws(FileError) in try small.close() } == full)
        let large = try FileWriter(creating: "/dev/full")
        let bytes = [UInt8](repeating: 0, count: 1 << 19)
        #expect(fileError { () throws(FileError) in try large.write(bytes.span) } == full)
        #expect(
            fileError { () throws(FileError) in try large.write([UInt8]([1]).span) } == full,
            "a failure stays")
        #expect(fileError { () throws(FileError) in try large.close() } == full)
        #expect(full.description == "/dev/full: writing failed: No space left on device")
    }

    @Test func refusedPaths() {
        let inNothing = directory.path("none/out")
        #expect(
            fileError { () throws(FileError) in try FileWriter(creating: inNothing) }
                == .writeFailed(path: inNothing, code: ENOENT))
        let path = directory.path
        #expect(
            fileError { () throws(FileError) in try FileWriter(creating: path) }
                == .writeFailed(path: path, code: EISDIR))
    }
}
