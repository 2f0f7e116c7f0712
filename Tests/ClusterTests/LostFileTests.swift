import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

extension ClusterTests {
    /// Files of map outputs that differ from the written files.
    @Suite struct LostFileTests {
        enum Damage: CaseIterable, Sendable {
            case removed, truncated, flipped

            func apply(to path: String) throws {
                switch self {
                case .removed: unlink(path)
                case .truncated: try cutInHalf(path)
                // Rows of a reduce task in the middle: the index, which is short, follows all rows.
                case .flipped: try flipBit(of: path, at: 0.5)
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

        /// Records why stages are resubmitted.
        private final class Reasons: MartletListener {
            private let texts = Mutex<[String]>([])
            var all: [String] { texts.withLock { $0 } }

            func onStageCompleted(_ stage: StageSummary) {
                if case .failed(let reason) = stage.state { texts.withLock { $0.append(reason) } }
            }
        }

        @Test(arguments: Damage.allCases)
        func theCauseIsTold(_ damage: Damage) async throws {
            let cluster = try Cluster()
            let reasons = Reasons()
            cluster.context.addListener(reasons)
            let sums = sums(cluster.context, cluster.context.longAccumulator())
            #expect(try await sums.collectAsMap() == expected)
            let file = cluster.mapOutputs[1]
            try damage.apply(to: file)
            #expect(try await sums.collectAsMap() == expected)
            // By then, listeners have received all events.
            cluster.stop()
            let texts = reasons.all
            #expect(texts.count == 1)
            for part in [" was missing and is made again: the output of map task ", "held by executor ", file, "(disk)"] {
                #expect(texts.first?.contains(part) == true, "\(part) in \(texts)")
            }
        }

        @Test(arguments: Damage.allCases)
        func betweenTwoJobs(_ damage: Damage) async throws {
            let cluster = try Cluster()
            let calls = cluster.context.longAccumulator()
            let sums = sums(cluster.context, calls)
            #expect(try await sums.collectAsMap() == expected)
            #expect(calls.value == 1800)
            #expect(try await sums.count() == 450)
            #expect(calls.value == 1800, "the second job finds the outputs")
            let files = cluster.mapOutputs
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
            let gate = cluster.makeGate()
            let sums = sums(cluster.context, calls).map { row in
                if TaskContext.current?.partitionID != 0 { try gate.pass() }
                return row
            }
            // Four map tasks, and the first task that reads their outputs. The other readers have finished and wait, or
            // have not started. Each loss that is found ends an attempt of the stage; the limit is four.
            cluster.context.addListener(
                TaskCounter(.ends, at: [5]) { [weak cluster] in
                    for file in cluster?.mapOutputs.prefix(2) ?? [] { try? damage.apply(to: file) }
                    gate.open()
                })
            #expect(try await sums.collectAsMap() == expected)
            #expect(calls.value > 1800 && calls.value % 450 == 0, "outputs are made again: \(calls.value)")
            cluster.stop()
        }
    }
}
