import Foundation
import Martlet
import TestSupport
import Testing

/// Lines that refer to their file's blocks are spilled as lines of their own.
@Suite struct TextLineSpillTests {
    @Test func anyBytesComeBack() async throws {
        let directory = TemporaryDirectory()
        var bytes = Data()
        for index in 0..<2000 { bytes += Data("line \(index) ä\n".utf8) + Data([0xFF, 0xC3, UInt8(index % 10 + 48), 10]) }
        let path = try directory.write("lines", bytes)
        let context = try makeContext("local[2]", "martlet.shuffle.spill.numElementsForceSpillThreshold=100")
        defer { context.stop() }
        let lines = context.textLines(path)
        let sorted = try await lines.sortBy(partitions: 3) { $0 }.map { Array($0.utf8) }.collect()
        let expected = bytes.split(separator: 10).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
        #expect(sorted == expected)
    }
}
