import ChildProgram
import Foundation
@testable import MartletBlocks
import MartletCore
@testable import MartletShuffle
import Testing

/// Publishers in processes of their own, which are killed or run out of space.
@Suite struct PublishingProcessTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("publishing-\(UUID())").path

    /// Rows of an output, read by this process.
    private func rowCount(_ path: String) throws -> Int {
        let store = ShuffleStore()
        let place = MapOutputAddress(map: 0, holder: .host, path: path, byteCount: 0, recordCount: 50_000)
        store.place([place], of: ShuffleID(1), version: 1, mapCount: 1)
        var count = 0
        for partition in 0..<3 {
            let source = try store.rows(
                of: ShuffleID(1), partition: partition, mapCount: 1, row: ElementType((Int, Int).self))
            try source.forEachBatch { batch in
                let rows = batch.elements((Int, Int).self)
                for index in 0..<rows.count where rows.base[index].1 != rows.base[index].0 &* 0x1E37_79B9_7F4A_7C15 {
                    Issue.record("row \(rows.base[index])")
                }
                count += batch.count
            }
        }
        return count
    }

    private func files() -> [String] {
        (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? [])
            .filter { $0.contains("shuffle_1_") && !$0.hasPrefix("copies") }.map { folder + "/" + $0 }
    }

    /// Announced outputs can be read by other processes, even after the publisher's death; of the rest, only whole files
    /// exist.
    @Test(arguments: [0, 1, 2, 5, 9, 23])
    func aKilledPublisher(_ outputs: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writer = try Child([Child.program("map-output-writer"), folder, "0", "0"])
        var told: [String] = []
        while told.count < outputs, let line = writer.nextLine() {
            told.append(String(try #require(line.split(separator: " ", maxSplits: 2).last)))
        }
        writer.freeze()
        // Its guard removes the files when the publisher is killed.
        let found = try files().map { ($0, copy: try linked($0)) }
        writer.kill()
        #expect(writer.wait() == -SIGKILL)
        #expect(Set(told).isSubset(of: found.map(\.0)))
        for (path, copy) in found {
            if path.contains(".partial-") {
                #expect(throws: MissingMapOutput.self) { try rowCount(copy) }
            } else {
                #expect(try rowCount(copy) == 50_000)
            }
        }
    }

    /// A second name for a file.
    private func linked(_ path: String) throws -> String {
        let name = path.dropFirst(folder.count + 1).replacing("/", with: "-")
        try FileManager.default.createDirectory(atPath: folder + "/copies", withIntermediateDirectories: true)
        try FileManager.default.linkItem(atPath: path, toPath: "\(folder)/copies/\(name)")
        return "\(folder)/copies/\(name)"
    }

    @Test func aDiskThatIsFull() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writer = try Child([Child.program("map-output-writer"), folder, "3", "100000"])
        let lines = writer.lines()
        #expect(writer.wait() == 0)
        #expect(lines.count == 6)
        #expect(lines.filter { $0.hasPrefix("failed ") && $0.contains("File too large") }.count == 3)
        #expect(lines.filter { $0 == "files 0" }.count == 3)
        #expect(files() == [])
    }
}
