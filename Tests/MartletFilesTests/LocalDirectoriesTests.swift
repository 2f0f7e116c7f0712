import Glibc
import MartletFiles
import Synchronization
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

    /// A directory that is being made looks like an abandoned one for a moment.
    @Test func ownersStartTogether() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 { group.addTask { [path = place.path] in try Self.startAgainAndAgain(in: path, number) } }
            try await group.waitForAll()
        }
        #expect(names(place.path).isEmpty)
    }

    private static func startAgainAndAgain(in place: String, _ number: Int) throws {
        for _ in 0..<200 {
            LocalDirectories.removeAbandoned(in: place)
            let directories = try LocalDirectories(in: [place])
            let folder = try directories.path(of: "block-\(number)").split(separator: "/").dropLast().joined(separator: "/")
            LocalDirectories.removeAbandoned(in: place)
            #expect(unsafe access("/" + folder, F_OK) == 0)
        }
    }

    /// What is told of places that are left out.
    private final class Problems: Sendable {
        private let all = Mutex<[FileError]>([])
        var count: Int { all.withLock { $0.count } }
        var text: String { all.withLock { $0 }.map(\.description).joined(separator: "\n") }
        func add(_ problem: FileError) { all.withLock { $0.append(problem) } }
    }

    @Test func aPlaceThatCannotBeUsedIsLeftOut() throws {
        touch(place.path + "/file")
        let problems = Problems()
        let places = [place.path + "/file/sub", place.path + "/good", place.path + "/file"]
        do {
            let directories = try LocalDirectories(in: places) { problems.add($0) }
            #expect(directories.paths.count == 1 && directories.paths[0].hasPrefix(place.path + "/good/"))
            for index in 0..<100 { touch(try directories.path(of: "block-\(index)")) }
            #expect(problems.count == 2, "\(problems.text)")
            #expect(problems.text.contains("/file/sub: ") && problems.text.contains("Not a directory"), "\(problems.text)")
        }
        #expect(entryCount(place.path + "/good") == 0)
        #expect(entryCount(place.path) == 2)
    }

    @Test func noPlaceThatCanBeUsed() throws {
        touch(place.path + "/file")
        for places in [[place.path + "/file/a"], [place.path + "/file/a", place.path + "/file/b"]] {
            let problems = Problems()
            let error = #expect(throws: FileError.self) { try LocalDirectories(in: places) { problems.add($0) } }
            let text = error?.description ?? ""
            for place in places { #expect(text.contains(place + ": writing failed: Not a directory"), "\(text)") }
            #expect(text.contains("set martlet.local.dir to a directory that can be written"), "\(text)")
            #expect(problems.count == 0)
        }
        #expect(entryCount(place.path) == 1)
    }

    /// A place that goes bad while it is used.
    @Test func aPlaceThatCannotBeUsedAnyMore() throws {
        let problems = Problems()
        do {
            let directories = try LocalDirectories(in: [place.path + "/a", place.path + "/b"]) { problems.add($0) }
            touch(try directories.path(of: "first"))
            _ = try removeAll(place.path + "/b")
            touch(place.path + "/b")
            for index in 0..<100 {
                let path = try directories.path(of: "block-\(index)")
                touch(path)
                #expect(path.hasPrefix(place.path + "/a/"))
            }
            #expect(problems.count == 1 && problems.text.contains(place.path + "/b"), "\(problems.text)")
            // The last one stays, and is used again when it is good again.
            _ = try removeAll(place.path + "/a")
            touch(place.path + "/a")
            #expect(throws: FileError.self) { try directories.path(of: "x") }
            _ = try removeAll(place.path + "/a")
            touch(try directories.path(of: "x"))
        }
        #expect(entryCount(place.path + "/a") == 0)
    }

    /// A cleaner removes what is old, whether somebody needs it or not.
    @Test func directoriesThatWereRemovedAreMadeAgain() throws {
        do {
            let directories = try LocalDirectories(in: [place.path + "/a", place.path + "/b"])
            let paths = directories.paths
            touch(try directories.path(of: "first"))
            for removed in [try directories.path(of: "first").dropLast(6), paths[0][...], paths[1][...], (place.path + "/a")[...]] {
                _ = try removeAll(String(removed))
                for index in 0..<200 { touch(try directories.path(of: "block-\(index)")) }
                #expect(directories.paths == paths && paths.allSatisfy(exists))
            }
            // They have owners again.
            let other = try LocalDirectories(in: [place.path + "/a", place.path + "/b"])
            #expect(paths.allSatisfy(exists))
            withExtendedLifetime(other) {}
        }
        #expect(entryCount(place.path + "/a") == 0 && entryCount(place.path + "/b") == 0)
    }

    /// Several threads find that a directory is gone.
    @Test func madeAgainOnce() async throws {
        let directories = try LocalDirectories(in: [place.path + "/a"])
        for round in 0..<20 {
            _ = try removeAll(directories.paths[0])
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<16 {
                    group.addTask { (try? directories.path(of: "block-\(round)-\(index)")).map { Self.create($0) } ?? false }
                }
                for await isMade in group { #expect(isMade) }
            }
            #expect(entryCount(place.path + "/a") == 1)
        }
    }

    /// The process may change its directory.
    @Test func placesBeginAtTheRoot() throws {
        let directories = try LocalDirectories(in: [relative(place.path + "/x")])
        #expect(directories.paths[0].hasPrefix("/") && exists(directories.paths[0]))
    }

    /// A way from the current directory.
    private func relative(_ path: String) -> String {
        let current = unsafe getcwd(nil, 0)!
        defer { unsafe free(current) }
        let depth = unsafe String(cString: current).split(separator: "/").count
        return String(repeating: "../", count: depth) + path.dropFirst()
    }

    private static func create(_ path: String) -> Bool {
        let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        if file >= 0 { close(file) }
        return file >= 0
    }

    /// Removes a directory with all that is in it.
    private func removeAll(_ path: String) throws -> Bool {
        if unsafe unlink(path) == 0 { return true }
        for name in names(path) { _ = try removeAll(path + "/" + name) }
        return unsafe rmdir(path) == 0
    }

    private func names(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Entries of a directory.
    private func entryCount(_ path: String) -> Int {
        exists(path) ? names(path).count : -1
    }
}
