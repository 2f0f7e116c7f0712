import Foundation
import MartletFiles
import MartletPages
import Testing

@Suite struct PageFileTests {
    let folder = Folder()

    @Test(arguments: PageCodec.allCases, [[], [0], [1, 0, 5], [70_000, 3, 300_000, 262_144]])
    func pagesComeBack(_ codec: PageCodec, _ sizes: [Int]) throws {
        let path = folder.path("pages")
        let contents = sizes.map(text) + sizes.map { noise($0) }
        let offsets = try writePages(contents, path, codec)
        #expect(try readPages(path) == contents)
        let reader = try PageFileReader(path: path)
        #expect(reader.pageCount == contents.count)
        for (offset, content) in zip(offsets, contents).reversed() {
            #expect(try reader.page(at: offset, elementHash: 9).bytes == content)
        }
        #expect(try folder.bytes(of: "pages").count == reader.pageBytes + 40)
        #expect(folder.names() == ["pages"])
    }

    @Test func encodedPagesAreTakenAsTheyAre() throws {
        let path = folder.path("pages")
        let writer = try PageFileWriter(path: path, encoder: PageEncoder(codec: .lz4))
        let encoded = try page(text(5000), .zstd, count: 7, elementHash: 9)
        try take(encoded, writer)
        try writer.append([1, 2])
        try take(page([], .raw, count: 0, elementHash: 9), writer)
        try writer.finish()
        let reader = try PageFileReader(path: path)
        let first = try #require(try reader.next(elementHash: 9))
        #expect(first.header.codec == .zstd && first.header.count == 7 && first.bytes == text(5000))
        #expect(try reader.next()?.bytes == [1, 2])
        #expect(try reader.next()?.bytes == [])
        #expect(try reader.next() == nil, "the chain is right")
    }

    private func take(_ page: [UInt8], _ writer: PageFileWriter) throws {
        let span = page.span
        try writer.append(encoded: span)
    }

    @Test func whatIsNoPageIsNotTaken() throws {
        let path = folder.path("pages")
        let writer = try PageFileWriter(path: path)
        try writer.append([1])
        var damaged = try page(text(500), .lz4)
        for bad in [[], Array(damaged.dropLast()), damaged + [0]] {
            #expect(throws: PageError.self) { try take(bad, writer) }
        }
        damaged[20] ^= 1
        #expect(throws: PageError.self) { try take(damaged, writer) }
        try writer.finish()
        #expect(try readPages(path) == [[1]])
    }

    @Test func theNameIsGivenLast() throws {
        let path = folder.path("pages")
        let writer = try PageFileWriter(path: path, synchronizes: true)
        try writer.append(text(300_000))
        #expect(folder.names().count == 1 && folder.names()[0].hasPrefix("pages.partial-"))
        #expect(error { try PageFileReader(path: path) } == .unreadable(.notFound(path: path)))
        let size = try writer.finish()
        #expect(folder.names() == ["pages"])
        #expect(try folder.bytes(of: "pages").count == size)
        #expect(folder.openDescriptors() == 0)
        writer.cancel()
        #expect(try readPages(path) == [text(300_000)], "cancelling a finished writer does nothing")
    }

    @Test func whatIsThereIsReplacedAtTheEnd() throws {
        let path = folder.path("pages")
        try writePages([[1]], path)
        let writer = try PageFileWriter(path: path)
        try writer.append([2])
        #expect(try readPages(path) == [[1]])
        try writer.finish()
        #expect(try readPages(path) == [[2]])
    }

    @Test func droppedAndCancelledWritersLeaveNothing() throws {
        do {
            let dropped = try PageFileWriter(path: folder.path("dropped"))
            try dropped.append(text(300_000))
        }
        let cancelled = try PageFileWriter(path: folder.path("cancelled"))
        try cancelled.append(text(10))
        cancelled.cancel()
        cancelled.cancel()
        #expect(folder.names() == [])
        #expect(folder.openDescriptors() == 0)
    }

    @Test func severalWritersOfOneName() throws {
        let path = folder.path("pages")
        let writers = try (0..<3).map { _ in try PageFileWriter(path: path) }
        for (number, writer) in writers.enumerated() { try writer.append([UInt8(number)]) }
        for (number, writer) in writers.enumerated() {
            try writer.finish()
            #expect(try readPages(path) == [[UInt8(number)]])
        }
        #expect(folder.names() == ["pages"])
    }

    @Test func refusedPaths() throws {
        let inNothing = folder.path("none/pages")
        #expect(
            error { try PageFileWriter(path: inNothing) } == .writeFailed(file: inNothing, offset: 0, code: ENOENT))
        #expect(error { try PageFileReader(path: inNothing) } == .unreadable(.notFound(path: inNothing)))
        #expect(
            error { try PageFileReader(path: folder.path) }
                == .unreadable(.notReadable(path: folder.path, reason: "not a regular file")))
        // A directory has the name: the rename fails, and the file is removed.
        try FileManager.default.createDirectory(atPath: folder.path("taken"), withIntermediateDirectories: false)
        let writer = try PageFileWriter(path: folder.path("taken"))
        try writer.append(text(100))
        let failure = error { try writer.finish() }
        #expect(failure == .writeFailed(file: folder.path("taken"), offset: writer.pageBytes, code: EISDIR))
        #expect(error { try writer.append([1]) } == failure, "a failure stays")
        #expect(folder.names() == ["taken"])
    }

    @Test func offsetsThatAreNone() throws {
        let path = folder.path("pages")
        try writePages([noise(100), text(20)], path)
        let reader = try PageFileReader(path: path)
        let end = reader.pageBytes
        #expect(
            error { try reader.page(at: end) }
                == .damaged(file: path, offset: end, fault: .cut(expected: 64, found: 0)))
        #expect(
            error { try reader.page(at: Int.max) }
                == .damaged(file: path, offset: .max, fault: .cut(expected: 64, found: 0)))
        guard case .damaged(path, 1, .magic) = error({ try reader.page(at: 1) }) else {
            Issue.record("a page was found at byte 1")
            return
        }
        #expect(try reader.next().map { $0.header.rawBytes } == 100, "reading by offset moves nothing")
    }

    @Test func anotherType() throws {
        let path = folder.path("pages")
        try writePages([[1]], path)
        let fault = PageFault.elementHash(expected: 8, found: 9)
        #expect(
            error { try PageFileReader(path: path).next(elementHash: 8) }
                == .damaged(file: path, offset: 0, fault: fault))
    }
}
