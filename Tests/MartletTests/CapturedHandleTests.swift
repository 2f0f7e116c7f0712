import Martlet
import Synchronization
import TestSupport
import Testing

/// The driver's handles must not be captured by tasks.
@Suite struct CapturedHandleTests {
    /// A context that does not search for handles.
    private final class Cupboard: Sendable {
        let context: MartletContext
        let rdd: RDD<Int>
        init(_ context: MartletContext, _ rdd: RDD<Int>) { (self.context, self.rdd) = (context, rdd) }
    }

    /// Searching as in release builds, and as in debug builds.
    @Test(arguments: ["false", "true"])
    func capturedHandlesAreRefused(thoroughly: String) async throws {
        let context = try makeContext("local[2]", "martlet.portable.check=\(thoroughly)")
        let (numbers, other) = (context.range(0, 10, partitions: 2), context.range(0, 20, partitions: 4))
        let function: @Sendable (Int) -> Int = { $0 + other.partitionCount }
        let (inBroadcast, inList) = (context.broadcast(other), context.broadcast([function]))
        let (list, pairs) = ([other], numbers.map { ($0 % 3, $0) })
        let calls: [(String, () async throws -> Void)] = [
            ("an RDD (range at", { _ = try await numbers.map { $0 + other.partitionCount }.count() }),
            ("an RDD (range at", { _ = try await numbers.map { $0 + list[0].partitionCount }.count() }),
            ("an RDD (range at", { _ = try await numbers.map(function).filter { $0 > 1 }.map { $0 + 1 }.count() }),
            ("an RDD (range at", { _ = try await numbers.filter { $0 < inBroadcast.value.partitionCount }.count() }),
            ("an RDD (range at", { _ = try await numbers.map { inList.value[0]($0) }.count() }),
            ("an RDD (range at", { try await numbers.foreach { _ in _ = other.partitionCount } }),
            ("an RDD (range at", { _ = try await numbers.reduce { $0 + $1 + other.partitionCount } }),
            ("an RDD (range at", { _ = try await numbers.sortBy { $0 % other.partitionCount }.collect() }),
            ("an RDD (range at", { _ = try await pairs.reduceByKey { $0 + $1 + other.partitionCount }.collect() }),
            ("an RDD (range at", { _ = try await pairs.mapValues { $0 + other.partitionCount }.groupByKey().count() }),
            ("the context cannot", { try await numbers.foreach { _ in _ = context.slotCount } }),
            ("the context cannot", { _ = try await numbers.mapPartitions { [context.slotCount + $0.reduce(0, +)] }.count() }),
        ]
        for (index, (problem, call)) in calls.enumerated() {
            let error = await failure { try await call() }
            let text = "\(error, default: "no error")"
            #expect(error is NotPortable && text.contains(problem), "\(index): \(text)")
            #expect(text.contains(" at CapturedHandleTests.swift:"), "\(index): \(text)")
            #expect(text.contains(" cannot run in a task: "), "\(index): \(text)")
        }
        #expect(try await numbers.count() == 10)
        context.stop()
    }

    @Test func whatMayBeCapturedStaysAllowed() async throws {
        let context = try makeContext()
        let (table, sum) = (context.broadcast([1, 2, 3]), context.longAccumulator())
        let size = context.range(0, 20, partitions: 4).partitionCount
        let counts = context.range(0, 10, partitions: 2).map { x in
            sum.add(1)
            return x % size + table.value.count
        }
        for _ in 0..<3 { #expect(try await counts.count() == 10) }
        #expect(sum.value == 30)
        context.stop()
    }

    @Test(.localOnly, arguments: ["local[1]", "local[2]"])
    func actionsInTasksAreRefused(master: String) async throws {
        let context = try makeContext(master)
        let cupboard = Cupboard(context, context.range(0, 100, partitions: 4))
        let line = #line + 1
        let counts = context.range(0, 8, partitions: 4).map { wait { try await cupboard.rdd.filter { $0 > 3 }.count() } + "\($0)".prefix(0) }
        for text in try await counts.collect() {
            #expect(text.hasPrefix("count at CapturedHandleTests.swift:\(line) was called in a task"), "\(text)")
        }
        // In other ways.
        let others = context.range(0, 1, partitions: 1).flatMap { _ in
            [
                wait { try await cupboard.rdd.take(3) }, wait { try await cupboard.context.submit { 1 }.value },
                wait { try await cupboard.rdd.countApprox(timeout: .seconds(100)) },
                wait { for try await _ in cupboard.rdd.toLocalIterator() {} },
            ]
        }
        for text in try await others.collect() { #expect(text.contains("was called in a task"), "\(text)") }
        #expect(try await cupboard.rdd.count() == 100)
        context.stop()
    }

    /// Its tasks have slots of their own.
    @Test(.localOnly) func actionsOfAnotherContextMayRunInTasks() async throws {
        let (outer, inner) = (try makeContext("local[2]"), try makeContext("local[2]"))
        let cupboard = Cupboard(inner, inner.range(0, 100, partitions: 4))
        let counts = outer.range(0, 4, partitions: 4).map { _ in wait { try await cupboard.rdd.count() } }
        #expect(try await counts.collect() == ["100", "100", "100", "100"])
        outer.stop()
        inner.stop()
    }
}

/// Waits on the calling thread, which a program should not do, for the text of a result.
private func wait<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) -> String {
    let gate = Gate()
    let text = Mutex("")
    // Inherits, as every Swift task does, the context in which it was started.
    Task {
        let result: String
        do { result = "\(try await body())" } catch { result = "\(error)" }
        text.withLock { $0 = result }
        gate.open()
    }
    gate.pass()
    return text.withLock { $0 }
}
