public import MartletBlocks
public import MartletCore
import MartletLineage
public import MartletTasks

extension MartletContext {
    /// Runs a function on some partitions of an RDD, one task for each, and returns the results in the order of `partitions`.
    ///
    ///     let numbers = context.range(0, 100, partitions: 4)
    ///     try await context.runJob(numbers, partitions: [3, 0]) { _, elements in elements.reduce(0, +) }   // [2175, 300]
    ///
    /// - Parameters:
    ///   - partitions: nil for all; may be empty, and may name a partition twice.
    ///   - body: receives the task, and the elements of its partition, which are read on demand.
    /// - Throws: `ArgumentError` for a partition that does not exist, or an RDD of another context.
    @inlinable @inline(__always)
    public func runJob<Element: Sendable, Result: Sendable>(
        _ rdd: RDD<Element>, partitions: [Int]? = nil,
        _ body: @escaping @Sendable (TaskContext, PartitionElements<Element>) throws -> Result,
        file: String = #fileID, line: Int = #line
    ) async throws -> [Result] {
        try await runChecked(rdd, partitions, CallSite(file: file, line: line)) { source, task in
            let cursor = PartitionCursor<Element>(source)
            let result = try body(task, PartitionElements(cursor))
            try cursor.check()
            return result
        }
    }

    @usableFromInline @inline(never)
    func runChecked<Element, Result: Sendable>(
        _ rdd: RDD<Element>, _ partitions: [Int]?, _ site: CallSite,
        task: @escaping @Sendable (BatchSource, TaskContext) throws -> Result
    ) async throws -> [Result] {
        func wrong(_ problem: String) -> ArgumentError {
            ArgumentError(operation: "runJob", callSite: site, problem: problem)
        }
        if let foreign = foreignInput("runJob", site, [rdd.lineage]) { throw foreign }
        if let problem = rdd.lineage.problem { throw problem }
        if let bad = partitions?.first(where: { !(0..<rdd.partitionCount).contains($0) }) {
            throw wrong("there is no partition \(bad); the RDD has \(rdd.partitionCount), counted from 0")
        }
        return try await rdd.run(partitions: partitions, "runJob", site, task: task)
    }
}
