import Glibc
import MartletFiles
import Testing

@Suite struct LocalDirectoriesTests {
    private let place = TemporaryDirectory()

    private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private func touch(_ path: String) {
        let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(file >= 0)
        close(file)
    }

    @Test func theyGoWithTheirOwner() throws {
        let paths: [String]
        do {
            let directories = try LocalDirectories(in: [place.path + "/a", place.path + "/b/c"])
            paths = directories.paths
            #expect(paths.count == 2 && paths.allSatisfy(exists))
            for index in 0..<300 { touch(try directories.path(of: "block-\(index)")) }
            #expect(try directories.path(of: "block-7") == directories.path(of: "block-7"))
            let used = Set((0..<300).compactMap { try? directories.path(of: "block-\($0)") })
            #expect(used.count == 300)
            #expect(paths.allSatisfy { path in used.contains { $0.hasPrefix(path + "/") } })
        }
        #expect(!paths.contains(where: exists))
        #expect(exists(place.path + "/a"))
    }

    @Test func ownersDoNotMeet() throws {
        let (first, second) = (try LocalDirectories(in: [place.path]), try LocalDirectories(in: [place.path]))
        #expect(first.paths != second.paths)
        touch(try first.path(of: "x"))
        let third = try LocalDirectories(in: [place.path])
        #expect(exists(try first.path(of: "x")) && exists(second.paths[0]) && exists(third.paths[0]))
    }

    /// What a killed process leaves: a directory whose lock nobody holds.
    @Test func theNextOwnerRemovesWhatWasAbandoned() throws {
        let dead = place.path + "/martlet-local-dead"
        for folder in [dead, dead + "/0a", place.path + "/martlet-local-empty", place.path + "/martlet-other"] {
            #expect(unsafe mkdir(folder, 0o700) == 0)
        }
        touch(dead + "/owner.lock")
        touch(dead + "/0a/block")
        touch(place.path + "/martlet-local-file")
        let alive = try LocalDirectories(in: [place.path])
        #expect(!exists(dead) && !exists(place.path + "/martlet-local-empty"))
        #expect(exists(place.path + "/martlet-other") && exists(place.path + "/martlet-local-file") && exists(alive.paths[0]))
    }

    @Test func aPlaceThatCannotBeUsed() throws {
        touch(place.path + "/file")
        let before = entryCount(place.path)
        #expect(throws: FileError.self) { try LocalDirectories(in: [place.path + "/good", place.path + "/file/sub"]) }
        #expect(entryCount(place.path + "/good") == 0)
        #expect(entryCount(place.path) == before + 1)
    }

    /// Entries of a directory.
    private func entryCount(_ path: String) -> Int {
        guard let directory = unsafe opendir(path) else { return -1 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return count - 2
    }
}
