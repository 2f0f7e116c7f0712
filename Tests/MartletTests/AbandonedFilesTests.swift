import Glibc
import Martlet
import TestSupport
import Testing

/// The files of a killed process are removed when the next process starts.
@Suite struct AbandonedFilesTests {
    @Test func theNextContextRemovesThem() throws {
        let directory = TemporaryDirectory()
        try directory.write("martlet-local-dead/owner.lock", "")
        try directory.write("martlet-local-dead/3f/spill_1", "half a page")
        try directory.write("martlet-local-mine", "a file of somebody else")
        let context = try makeContext("local[1]", "martlet.local.dir=\(directory.path)")
        defer { context.stop() }
        #expect(access(directory.path("martlet-local-dead"), F_OK) != 0)
        #expect(access(directory.path("martlet-local-mine"), F_OK) == 0)
    }

    /// Several places share the files.
    @Test func filesAreSpreadOverThePlaces() async throws {
        let directory = TemporaryDirectory()
        let places = (0..<3).map { directory.path("disk\($0)") }
        let context = try makeContext("local[2]", "martlet.local.dir=\(places.joined(separator: ","))")
        defer { context.stop() }
        let numbers = context.range(0, 1000, partitions: 40).persist(.diskOnly)
        #expect(try await numbers.sum() == 499_500)
        #expect(numbers.cachedPartitionCount == 40)
        for place in places { #expect(files(under: place).contains { !$0.hasSuffix("owner.lock") }) }
        #expect(try await numbers.sum() == 499_500)
    }

    /// A cleaner has removed all files, or a whole directory: the lost data is recomputed, and later files have a place.
    @Test(arguments: [false, true])
    func filesThatACleanerHasRemoved(_ places: Bool) async throws {
        let directory = TemporaryDirectory()
        let paths = (0..<2).map { directory.path("disk\($0)") }
        let context = try makeContext("local[2,4]", "martlet.local.dir=\(paths.joined(separator: ","))")
        defer { context.stop() }
        let numbers = context.range(0, 1000, partitions: 8).persist(.diskOnly)
        let sums = numbers.map { ($0 % 10, $0) }.groupByKey(partitions: 3).mapValues { $0.reduce(0, +) }
        let expected = Dictionary((0..<1000).map { ($0 % 10, $0) }, uniquingKeysWith: +)
        for _ in 0..<3 {
            #expect(try await sums.collectAsMap() == expected)
            #expect(try await numbers.sum() == 499_500)
            for path in places ? paths : (paths.flatMap { path in (directoryContents(of: path) ?? []).map { path + "/" + $0 } }) {
                removeAll(path)
            }
        }
        #expect(try await numbers.sum() == 499_500)
        #expect(numbers.cachedPartitionCount == 8)
        #expect(paths.allSatisfy { access($0, F_OK) == 0 })
    }

    /// One of several places cannot be used.
    @Test func aPlaceThatCannotBeUsed() async throws {
        let directory = TemporaryDirectory()
        try directory.write("file", "in the way")
        let places = [directory.path("file/disk"), directory.path("good"), directory.path("file")]
        let context = try makeContext("local[2]", "martlet.local.dir=\(places.joined(separator: ","))")
        defer { context.stop() }
        let numbers = context.range(0, 1000, partitions: 8).persist(.diskOnly)
        #expect(try await numbers.map { ($0 % 10, $0) }.groupByKey(partitions: 3).count() == 10)
        #expect(try await numbers.sum() == 499_500)
        #expect(numbers.cachedPartitionCount == 8)
        #expect(!files(under: places[1]).isEmpty)
    }

    private func removeAll(_ path: String) {
        for name in directoryContents(of: path) ?? [] { removeAll(path + "/" + name) }
        _ = unlink(path) == 0 || rmdir(path) == 0
    }
}
