import Glibc
import MartletClusterClient
import MartletClusterState
import MartletNetwork
import Synchronization
import TestSupport
import Testing

/// Files that are kept by their content.
@Suite struct FileShelfTests {
    let directory = TemporaryDirectory()
    let network = FilePair()

    private func file(_ name: String, _ text: String) throws -> FileReference {
        let path = try directory.write("sources/\(name)", text)
        let file = try FileReference(of: path)
        network.server.add(file, path: path)
        return file
    }

    private func shelf(limit: Int = 1 << 20) throws -> FileShelf { try FileShelf(directory.path("shelf"), limit: limit) }

    private func fetch(_ file: FileReference, _ shelf: FileShelf) throws(FileServiceError) -> String {
        try shelf.fetch(file) { network.stream(file.hash) }
    }

    private var names: [String] { directory.names(in: "shelf") ?? [] }

    @Test func aFileArrivesOnceAndIsExecutableAndNotWritable() throws {
        let (shelf, file) = (try shelf(), try file("a", "content"))
        #expect(shelf.path(of: file.hash) == nil)
        let path = try fetch(file, shelf)
        #expect(contents(of: path) == "content")
        #expect(try fetch(file, shelf) == path)
        #expect(shelf.path(of: file.hash) == path)
        #expect(network.requestCount == 1)
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o777 == 0o500)
    }

    @Test func anEmptyFileIsAFile() throws {
        let (shelf, file) = (try shelf(), try file("empty", ""))
        #expect(contents(of: try fetch(file, shelf)) == "")
    }

    @Test func damagedMissingAndOversizedFilesLeaveNothing() throws {
        let (shelf, file) = (try shelf(limit: 100), try file("a", "content"))
        let other = try directory.write("other", "CONTENT")
        network.server.add(file, path: other)
        let found = try FileReference(of: other).hash
        #expect(throws: FileServiceError.damaged(name: "a", expected: file.hash, found: found)) { try fetch(file, shelf) }
        network.server.add(file, path: try directory.write("longer", "content and more"))
        #expect(throws: FileServiceError.self) { try fetch(file, shelf) }
        network.server.add(file, path: try directory.write("shorter", "con"))
        #expect(throws: FileServiceError.self) { try fetch(file, shelf) }
        #expect(throws: FileServiceError.self) {
            try fetch(FileReference(hash: String(repeating: "0", count: 64), byteCount: 1, name: "none"), shelf)
        }
        #expect(throws: FileServiceError.tooLarge(name: "big", byteCount: 101, limit: 100)) {
            try fetch(FileReference(hash: file.hash, byteCount: 101, name: "big"), shelf)
        }
        #expect(throws: FileServiceError.badName("../x")) { try fetch(FileReference(hash: "../x", byteCount: 1, name: "x"), shelf) }
        #expect(names == [])
        // After all that, the right one is taken.
        network.server.add(file, path: directory.path("sources/a"))
        #expect(contents(of: try fetch(file, shelf)) == "content")
    }

    @Test func theFileThatWasNotUsedForLongestGoesUnlessItIsHeld() throws {
        let shelf = try shelf(limit: 30)
        let files = try (0..<5).map { try file("f\($0)", "0123456\($0)\($0)\($0)") }
        shelf.hold([files[0].hash])
        for file in files[..<3] { _ = try fetch(file, shelf) }
        _ = shelf.path(of: files[1].hash)
        _ = try fetch(files[3], shelf)
        #expect(names == [0, 1, 3].map { files[$0].hash }.sorted())
        shelf.release([files[0].hash])
        _ = try fetch(files[4], shelf)
        #expect(names == [1, 3, 4].map { files[$0].hash }.sorted())
        #expect(shelf.path(of: files[0].hash) == nil)
        _ = try fetch(files[0], shelf)
        #expect(names.contains(files[0].hash))
    }

    @Test func manyThatWantAFileAtATimeGetOneThatArrivesOnce() throws {
        let (shelf, file) = (try shelf(limit: 1 << 24), try file("large", String(repeating: "0123456789", count: 100_000)))
        let failures = Mutex(0)
        inThreads(8) { [network] _ in
            let path = try? shelf.fetch(file) { network.stream(file.hash) }
            if path.flatMap({ contents(of: $0) })?.utf8.count != file.byteCount { failures.withLock { $0 += 1 } }
        }
        #expect(failures.withLock { $0 } == 0)
        #expect(network.requestCount == 1)
    }

    @Test func whoWaitsForAFailedArrivalTriesItself() throws {
        let (shelf, file) = (try shelf(), try file("a", "content"))
        let tries = Mutex(0)
        let arrived = Mutex(0)
        inThreads(4) { [network] _ in
            let path = try? shelf.fetch(file) { () throws(FileServiceError) -> NetworkStream in
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if number < 3 { throw .notSent(name: "a", reason: "the first two fail") }
                return network.stream(file.hash)
            }
            if path != nil { arrived.withLock { $0 += 1 } }
        }
        #expect(tries.withLock { $0 } == 3 && arrived.withLock { $0 } == 2)
    }

    @Test func whatAnEarlierProcessLeftIsUsedIfItIsWhole() throws {
        let (whole, damaged) = (try file("a", "content"), try file("b", "other content"))
        do {
            let shelf = try shelf()
            for file in [whole, damaged] { _ = try fetch(file, shelf) }
        }
        chmod(directory.path("shelf/\(damaged.hash)"), 0o700)
        try directory.write("shelf/\(damaged.hash)", "other CONTENT")
        try directory.write("shelf/\(whole.hash).77.part", "cont")
        try directory.write("shelf/mine", "x")
        let before = network.requestCount
        let shelf = try shelf()
        #expect(names == [whole.hash, damaged.hash].sorted())
        #expect(contents(of: try fetch(whole, shelf)) == "content")
        #expect(network.requestCount == before)
        #expect(shelf.path(of: damaged.hash) == nil)
        #expect(contents(of: try fetch(damaged, shelf)) == "other content")
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() throws {
        let path = try directory.write("file", "x")
        #expect(throws: FileServiceError.self) { try FileShelf(path + "/shelf", limit: 1) }
    }
}
