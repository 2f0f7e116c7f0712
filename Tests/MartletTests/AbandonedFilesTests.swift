import Glibc
import Martlet
import TestSupport
import Testing

/// What a killed process has left goes when the next one starts.
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
}
