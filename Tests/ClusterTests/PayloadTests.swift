import Glibc
import Martlet
import TestSupport
import Testing

extension ClusterTests {
    /// The data sent between a driver and its executors.
    @Suite struct PayloadTests {
        @Test func broadcastsOfSeveralPieces() async throws {
            let cluster = try Cluster()
            let numbers = cluster.context.broadcast(Array(0..<1_500_000))
            let words = cluster.context.broadcast((0..<1000).map { "word \($0)" })
            let sums = try await cluster.context.range(0, 12, partitions: 12).map { part in
                (numbers.value[part * 125_000] + numbers.value.count, words.value[part])
            }.collect()
            #expect(sums.map(\.0) == (0..<12).map { $0 * 125_000 + 1_500_000 })
            #expect(sums.map(\.1) == (0..<12).map { "word \($0)" })
            cluster.stop()
        }

        /// A replaced executor gets the pieces too.
        @Test func broadcastsOutliveExecutors() async throws {
            let cluster = try Cluster()
            let numbers = cluster.context.broadcast(Array(0..<1_500_000))
            // The second half waits until a new executor takes part in it.
            let (gate, before) = (cluster.makeGate(), try await cluster.occupy(3))
            let killer = TaskCounter(.ends, at: [3, 7]) { [weak cluster] in cluster?.processes.first?.send(SIGKILL) }
            cluster.context.addListener(killer)
            let sums = try await cluster.context.range(0, 24, partitions: 24).map { part in
                if part >= 12 { if before.contains(getpid()) { try gate.pass() } else { gate.open() } }
                return numbers.value[part * 60_000] + numbers.value.count
            }.collect()
            #expect(sums == (0..<24).map { $0 * 60_000 + 1_500_000 })
            cluster.stop()
        }

        @Test func largeCapturesAndResults() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let table = (0..<200_000).map { (number: Int) -> Int in number * 7919 % 1_000_003 }
            let rows = cluster.context.range(0, 400_000, partitions: 2).map { table[$0 % 200_000] + $0 }
            let expected = (0..<400_000).map { table[$0 % 200_000] + $0 }
            #expect(try await rows.collect() == expected)
            #expect(try await rows.collect() == expected)
            cluster.stop()
        }

        @Test(arguments: [300_000, 50_000])
        func resultsBeyondTheLimit(count: Int) async throws {
            let cluster = try Cluster("local-cluster[2,1,512]", "martlet.driver.maxResultSize=1m")
            let numbers = cluster.context.range(0, count, partitions: count > 100_000 ? 2 : 20)
            let rows = numbers.flatMap { [$0, $0, $0, -$0] }
            let error = await failure { try await rows.collect() }
            let text = error.map { "\($0)" } ?? "no error"
            guard case JobError.resultsTooLarge("collect", _, limit: 1 << 20)? = error else {
                Issue.record("unexpected: \(text)")
                return cluster.stop()
            }
            #expect(text.hasPrefix("collect at PayloadTests.swift:"), "\(text)")
            #expect(text.contains("martlet.driver.maxResultSize"), "\(text)")
            #expect(try await rows.count() == 4 * count, "the context works on")
            cluster.stop()
        }

        /// An executor keeps no results that will never be fetched.
        @Test func refusedResultsAreFreed() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]", "martlet.driver.maxResultSize=1m")
            let rows = cluster.context.range(0, 6_000_000, partitions: 1)
            for _ in 0..<12 { #expect(await failure { try await rows.collect() } != nil) }
            let resident = try await cluster.context.range(0, 1, partitions: 1).map { _ in
                (contents(of: "/proc/self/statm")?.split(separator: " ").dropFirst().first).flatMap { Int($0) } ?? .max
            }.collect()
            #expect(resident[0] < (400 << 20) / Int(getpagesize()), "bytes after results of 46 MiB each")
            cluster.stop()
        }

        @Test func accumulatorsAreExactWhereTasksAreTriedAgain() async throws {
            let cluster = try Cluster("local-cluster[2,1,512]")
            let count = cluster.context.longAccumulator()
            let list = cluster.context.collectionAccumulator(of: String.self)
            try await cluster.context.range(0, 300, partitions: 10).foreach { number in
                count.add(1)
                if number % 100 == 0 { list.add("number \(number)") }
                if number % 70 == 5, TaskContext.current?.attemptNumber == 0 { throw Refusal(value: number) }
            }
            #expect(count.value == 300)
            #expect(list.value.sorted() == ["number 0", "number 100", "number 200"])
            cluster.stop()
        }

        /// A class without an encoding cannot travel.
        private final class ReaderFailure: Error, CustomStringConvertible {
            let text: String
            init(_ text: String) { self.text = text }
            var description: String { text }
        }

        private enum Local: Error {
            case fine
            case holds(Box)
        }

        @Test func errorsThatCannotBeEncoded() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]")
            let numbers = cluster.context.range(0, 10, partitions: 2)
            func report<Element>(_ rdd: RDD<Element>) async -> TaskFailureReport? {
                guard case JobError.taskFailed(let report)? = await failure(of: { try await rdd.count() }) else { return nil }
                return report
            }
            let long = String(repeating: "long ", count: 1 << 20)
            let line = #line + 1
            let first = await report(numbers.map { number -> Int in throw ReaderFailure("at \(number)") })
            #expect(first?.operation == "map" && first?.callSite?.line == line)
            let error = first?.underlying as? RemoteError
            #expect(error?.typeName == "ReaderFailure" && error?.domain.hasSuffix("ReaderFailure") == true)
            #expect(error?.description == "at 0" && "\(first.map { "\($0)" } ?? "")".hasSuffix("attempts: at 0"))
            // For an enum, the case.
            let second = await report(numbers.filter { _ in throw Local.holds(Box()) })
            #expect((second?.underlying as? RemoteError)?.code == (Local.holds(Box()) as any Error)._code)
            #expect(second?.operation == "filter" && (Local.fine as any Error)._code != (Local.holds(Box()) as any Error)._code)
            // A text that is too long for a message is cut off.
            let third = await report(numbers.map { number -> Int in throw ReaderFailure("\(number) \(long.utf8.count)" + long) })
            #expect(third?.operation == "map" && (third?.underlying as? RemoteError)?.description.hasPrefix("0 5242880long long") == true)
            #expect((third?.underlying as? RemoteError)?.description.utf8.count ?? .max < 100_000)
            cluster.stop()
        }

        final class Box: Sendable {
            let number = 3
        }

        @Test func whatCannotTravelIsRefused() async throws {
            let cluster = try Cluster("local-cluster[1,1,512]")
            let (context, box) = (cluster.context, Box())
            let numbers = context.range(0, 10, partitions: 2)
            let line = #line + 2
            var texts: [String] = []
            texts.append(await text { try await numbers.map { $0 + box.number }.count() })
            texts.append(await text { try await numbers.filter { $0 < numbers.partitionCount }.count() })
            texts.append(await text { try await numbers.foreach { _ in _ = context.slotCount } })
            for (index, (operation, place)) in [("map", "another process"), ("filter", "a task"), ("foreach", "a task")].enumerated() {
                let begin = "the function of \(operation) at PayloadTests.swift:\(line + index) cannot run in \(place)"
                #expect(texts[index].hasPrefix(begin), "\(texts[index])")
            }
            #expect(texts[0].contains("Box"), "\(texts[0])")
            #expect(texts[1].contains("an RDD (range at PayloadTests.swift:"), "\(texts[1])")
            #expect(texts[1].contains("cannot be used inside another one's function"), "\(texts[1])")
            #expect(texts[2].contains("the context cannot be used in a task"), "\(texts[2])")
            #expect(try await numbers.count() == 10, "the context works on")
            cluster.stop()
        }

        private func text<Result>(_ body: () async throws -> Result) async -> String {
            await failure(of: body).map { "\($0)" } ?? "no error"
        }
    }
}
