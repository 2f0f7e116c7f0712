import Martlet
import MartletCore
import MartletDriver
import MartletFiles
import MartletLineage
import MartletPlan
import Synchronization
import Testing
import TestSupport

/// Input is read when an action runs or a caller asks for its partitions, not when it is named.
@Suite struct LateInputTests {
    private let context: MartletContext
    private let place = TemporaryDirectory()

    init() throws { context = try makeContext("local[3]") }

    @Test func filesMadeAfterTheCall() async throws {
        let (path, list) = (place.path("text"), "\(place.path("text")),\(place.path("more"))")
        let texts = context.textFile(path, minPartitions: 3)
        let records = context.textFile(path, delimiter: "o")
        let lines = context.textLines(list)
        let whole = context.wholeTextFiles(place.path("te*"))
        let bytes = context.binaryFiles(path)
        let numbers = context.binaryRecords(place.path("numbers"), as: Int.self)
        let raw = context.binaryRecords(place.path("numbers"), length: 4)
        let objects = context.objectFile(place.path("objects"), of: Int.self)
        #expect(await failure { try await texts.count() } as? FileError == .notFound(path: path))
        #expect(texts.partitionCount == 0 && texts.dependencies.isEmpty && texts.partitioner == nil)
        #expect(await failure { try await objects.count() } is FileError)
        try place.write("text", "one\ntwo\n")
        #expect(try await texts.collect() == ["one", "two"])
        #expect(texts.partitionCount == 3)
        #expect(try await records.collect() == ["", "ne\ntw", "\n"])
        #expect(await failure { try await lines.count() } as? FileError == .notFound(path: place.path("more")))
        try place.write("more", "three")
        #expect(try await lines.map { String($0) }.collect() == ["one", "two", "three"])
        #expect(try await whole.values().collect() == ["one\ntwo\n"])
        #expect(try await bytes.values().map(\.count).collect() == [8])
        try await context.range(0, 4, partitions: 2).saveAsBinaryRecords(place.path("numbers"))
        try await context.range(0, 4, partitions: 2).saveAsObjectFile(place.path("objects"))
        #expect(try await numbers.sum() == 6)
        #expect(try await raw.count() == 8)
        #expect(try await objects.sum() == 6)
    }

    /// Once divided, the input stays so; failures are not cached.
    @Test func whatIsPlannedStays() async throws {
        try place.write("in/a", "1\n")
        let rdd = context.textFile(place.path("in"), minPartitions: 1)
        let other = context.textFile(place.path("in"), minPartitions: 1)
        #expect(rdd.partitionCount == 1)
        try place.write("in/b", "2\n")
        #expect(try await rdd.collect() == ["1"])
        #expect(try await rdd.map { $0 }.collect() == ["1"])
        #expect(try await other.collect() == ["1", "2"])
        try place.write("in/c", "3\n")
        #expect(try await other.collect() == ["1", "2"])
        let mapped = context.textFile(place.path("in"), minPartitions: 3).map { $0 + "!" }
        #expect(mapped.explain().contains("textFile") && mapped.partitionCount == 3, "explaining plans")
        try place.write("in/d", "4\n")
        #expect(try await mapped.collect() == ["1!", "2!", "3!"])
    }

    @Test func peopleCanLookAtWhatIsMissing() async throws {
        let rdd = context.textFile(place.path("none"), line: 7).map({ ($0, 1) }, line: 8).reduceByKey(+, line: 9)
        #expect(rdd.toDebugString.contains("reduceByKey at LateInputTests.swift:9"), "\(rdd.toDebugString)")
        #expect(rdd.toDebugString.contains("textFile at LateInputTests.swift:7"))
        #expect(rdd.explain().contains("0 tasks"), "\(rdd.explain())")
        #expect(rdd.description.hasPrefix("reduceByKey at LateInputTests.swift:9"))
        #expect(rdd.partitionCount == 0 && rdd.partitioner == nil && rdd.dependencies.isEmpty)
        try place.write("none", "x\ny\nx\n")
        #expect(try await rdd.collectAsMap() == ["x": 2, "y": 1])
        #expect(rdd.partitioner == .hash(partitionCount: rdd.partitionCount) && rdd.dependencies.count == 1)
    }

    @Test func everyAction() async throws {
        let path = place.path("text")
        func rows() -> RDD<Int> { context.textFile(path, minPartitions: 3).map { Int($0) ?? -1 } }
        let actions: [(String, @Sendable (RDD<Int>) async throws -> String)] = [
            ("count", { "\(try await $0.count())" }), ("collect", { "\(try await $0.collect())" }),
            ("take", { "\(try await $0.take(2))" }), ("first", { "\(try await $0.first())" }),
            ("reduce", { "\(try await $0.reduce(+))" }), ("treeReduce", { "\(try await $0.treeReduce(+))" }),
            ("treeAggregate", { "\(try await $0.treeAggregate(into: 0) { $0 += $1 } combine: { $0 += $1 })" }),
            ("toLocalIterator", { rdd in
                var all: [Int] = []
                for try await number in rdd.toLocalIterator() { all.append(number) }
                return "\(all)"
            }),
            ("countApprox", { "\(try await $0.countApprox(timeout: .seconds(3600)).initialValue.mean)" }),
            ("takeSample", { "\(try await $0.takeSample(withReplacement: false, count: 9, seed: 1).count)" }),
            ("top", { "\(try await $0.top(1))" }),
            ("histogram", { "\(try await $0.map { Double($0) }.histogram(buckets: 2))" }),
            ("runJob", { rdd in "\(try await rdd.context.runJob(rdd) { _, rows in Array(rows).count })" }),
            ("lookup", { "\(try await $0.keyBy { $0 % 2 }.lookup(1))" }),
            ("range", { "\(try await Partitioner.range(2, of: $0.keyBy { $0 }).partitionCount)" }),
            ("save", { rdd in
                let path = place.path("out\(rdd.id)")
                try await rdd.saveAsTextFile(path)
                return "\(try await rdd.context.textFile(path).collect())"
            }),
        ]
        for (name, action) in actions {
            place.remove("text")
            let rdd = rows()
            let error = await failure { try await action(rdd) }
            #expect(error as? FileError == .notFound(path: path), "\(name)")
            try place.write("text", "1\n2\n3\n4\n5\n")
            let late = try await action(rdd)
            let early = rows()
            #expect(early.partitionCount == 3)
            #expect(try await action(early) == late, "\(name)")
        }
        #expect(place.names.filter { $0.hasPrefix("out") }.count == 2, "what fails leaves no output")
    }

    /// The first caller plans; all callers see the same plan.
    @Test func manyAtOnce() async throws {
        try place.write("text", (0..<100).map { "\($0)\n" }.joined())
        for _ in 0..<20 {
            let numbers = context.textFile(place.path("text"), minPartitions: 7).map { Int($0) ?? -1 }
            let sums = numbers.keyBy { $0 % 10 }.reduceByKey(+)
            let joined = sums.join(numbers.keyBy { $0 }).cache()
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        switch task % 4 {
                        case 0: "\(joined.partitionCount)"
                        case 1: "\(try await joined.count() - 3)"
                        case 2: "\(sums.partitionCount)"
                        default: joined.partitioner == .hash(partitionCount: 7) ? "7" : "-"
                        }
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers == ["7"])
            #expect(try await sums.values().sum() == 4950)
        }
    }

    /// A plan is made once, whatever requests it meanwhile; after an error it leaves no trace.
    @Test func plansAreMadeOnce() async throws {
        struct Missing: Error {}
        let made = CallCounter()
        let isThere = Mutex(false)
        let (gate, id) = (context.range(0, 4, partitions: 2), RDDID(context.makeID()))
        let late: RDD<Int> = context.later(id, "late", CallSite(file: "a", line: 1), Int.self) {
            made.add()
            guard isThere.withLock({ $0 }) else { throw Missing() }
            let layout = try #require(gate.lineage.layout)
            return (NodeLayout(layout.shape.renumbered(id)), gate.lineage.computation)
        }
        let mapped = late.map { $0 + 1 }
        #expect(await failure { try await mapped.count() } is Missing)
        #expect(mapped.partitionCount == 0 && late.lineage.problem is Missing)
        let failures = made.count
        #expect(failures >= 3)
        isThere.withLock { $0 = true }
        let counts = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { mapped.partitionCount } }
            return await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(counts == [2] && made.count == failures + 1)
        #expect(try await mapped.sum() == 10)
        #expect(made.count == failures + 1)
    }

    @Test(.localOnly) func longChainsAreReleased() async throws {
        try place.write("text", "1\n")
        let counter = LiveCounter()
        do {
            // One RDD that is never planned, and one that is.
            let kept = Tracked(1, counter)
            var never = context.textFile(place.path("none")).map { _ in kept.value }
            var once = context.textFile(place.path("text"), minPartitions: 1).map { _ in kept.value }
            for _ in 0..<20_000 {
                never = never.map { $0 + 1 }
                once = once.map { $0 + 1 }
            }
            #expect(never.partitionCount == 0)
            #expect(try await once.collect() == [20_001])
        }
        // The thread of the last task may hold its program slightly longer.
        #expect(await eventually { counter.live == 0 })
    }

    @Test(.localOnly) func shufflesOfLateOperatorsAreReleased() async throws {
        try place.write("text", "1\n2\n")
        let before = context.heldBytes
        do {
            let counts = context.textFile(place.path("text")).map { ($0, 1) }.reduceByKey(+)
            #expect(try await counts.count() == 2)
            #expect(context.heldBytes > before)
        }
        #expect(await eventually { context.heldBytes == before })
    }

    @Test func checkpointsAndCaches() async throws {
        context.setCheckpointDirectory(place.path("kept"))
        let path = place.path("text")
        let marked = context.textFile(path).map { $0 + "!" }.checkpoint()
        let cached = context.textFile(path, minPartitions: 3).cache()
        #expect(context.persistentRDDs.map(\.id) == [cached.id])
        #expect(await failure { try await marked.count() } is FileError)
        try place.write("text", "1\n2\n")
        #expect(try await marked.collect() == ["1!", "2!"] && marked.isCheckpointed)
        #expect(try await cached.count() == 2 && cached.cachedPartitionCount == cached.partitionCount)
        place.remove("text")
        #expect(try await marked.collect() == ["1!", "2!"])
        #expect(try await cached.map { $0 }.collect() == ["1", "2"])
        cached.unpersist()
        #expect(await failure { try await cached.count() } is JobError, "planned, and gone")
    }
}
