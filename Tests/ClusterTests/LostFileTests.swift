import Foundation
import Martlet
import Testing

extension ClusterTests {
    /// Files of map outputs that are not what was written.
    @Suite struct LostFileTests {
        enum Damage: CaseIterable, Sendable {
            case removed, truncated, flipped

            func apply(to path: String) throws {
                switch self {
                case .removed: unlink(path)
                case .truncated:
                    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
                    truncate(path, off_t(size / 2))
                case .flipped:
                    guard let file = FileHandle(forUpdatingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
                    defer { try? file.close() }
                    // Rows of a reduce task in the middle: behind all rows is the index, which is short.
                    let place = try file.seekToEnd() / 2
                    try file.seek(toOffset: place)
                    let byte = try file.read(upToCount: 1)?.first ?? 0
                    try file.seek(toOffset: place)
                    try file.write(contentsOf: [byte ^ 0x10])
                }
            }
        }

        private func sums(_ context: MartletContext, _ calls: LongAccumulator) -> RDD<(Int, Int)> {
            context.range(0, 1800, partitions: 4).map { number in
                calls.add(1)
                return (number % 450, number)
            }.reduceByKey(partitions: 9, +)
        }

        private var expected: [Int: Int] { Dictionary((0..<1800).map { ($0 % 450, $0) }, uniquingKeysWith: +) }

        @Test(arguments: Damage.allCases)
        func betweenTwoJobs(_ damage: Damage) async throws {
            let cluster = try Cluster()
            let calls = cluster.context.longAccumulator()
            let sums = sums(cluster.context, calls)
            #expect(try await sums.collectAsMap() == expected)
            #expect(calls.value == 1800)
            #expect(try await sums.count() == 450)
            #expect(calls.value == 1800, "the second job finds the outputs")
            let files = cluster.folder.mapOutputs
            #expect(files.count == 4)
            try damage.apply(to: files[1])
            #expect(try await sums.collectAsMap() == expected)
            #expect(calls.value == 2250, "one output is made again, and no other")
            cluster.stop()
        }

        @Test(arguments: Damage.allCases)
        func inTheMiddleOfAJob(_ damage: Damage) async throws {
            let cluster = try Cluster()
            let calls = cluster.context.longAccumulator()
            let sums = sums(cluster.context, calls).map { row in
                usleep(1000)
                return row
            }
            // Four map tasks, and the first one that reads their outputs. Each loss that is found ends an attempt of the stage, of
            // which there are four.
            cluster.context.addListener(
                TaskCounter(at: [5]) { [weak cluster] in
                    for file in cluster?.folder.mapOutputs.prefix(2) ?? [] { try? damage.apply(to: file) }
                })
            #expect(try await sums.collectAsMap() == expected)
            #expect(calls.value > 1800 && calls.value % 450 == 0, "outputs are made again: \(calls.value)")
            cluster.stop()
        }
    }
}
