public import MartletBlocks
public import MartletCore
import MartletDriver
import MartletLineage
import MartletScheduler
package import MartletTasks
import MartletThreads
import Synchronization

/// Adds a batch to a partial result; made in the user's module (the kernel rule).
public typealias FoldKernel<Partial> = @Sendable (RawBatch, inout Partial) throws -> Void

/// The results of a job, each delivered once by the thread that ends its task.
final class JobResults<Value: Sendable>: Sendable {
    private let values: Mutex<[Value?]>

    init(count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

    func deliver(_ value: Value, at index: Int) { values.withLock { $0[index] = value } }

    /// The results in the order of the job's partitions.
    func take() -> [Value] {
        values.withLock { values in
            defer { values = [] }
            // Not `map`, which is slow where the type of the values is not known.
            var results: [Value] = []
            results.reserveCapacity(values.count)
            for value in values {
                guard let value else { preconditionFailure("a job ended without one of its results") }
                results.append(value)
            }
            return results
        }
    }
}

extension RDD {
    /// Runs `task` on each of the partitions and returns the results in their order.
    ///
    /// - Parameter partitions: nil for all.
    package func run<Result: Sendable>(
        partitions: [Int]? = nil, _ operation: String, _ site: CallSite,
        task: @escaping @Sendable (BatchSource, TaskContext) throws -> Result
    ) async throws -> [Result] {
        defer { context.tellPassedOver() }
        try lineage.ensurePlanned()
        let results = JobResults<Result>(count: partitions?.count ?? partitionCount)
        let job = try context.job(on: lineage, partitions: partitions, operation, site, task: task) { result, attempt in
            results.deliver(result, at: attempt.index)
        }
        try await context.driver.run(job)
        try await context.writeCheckpoints(below: lineage)
        return results.take()
    }

    /// Folds every partition into a partial result of its own.
    @usableFromInline @inline(never)
    func foldPartitions<Partial: Sendable>(
        _ operation: String, _ site: CallSite, from initial: Partial, _ kernel: @escaping FoldKernel<Partial>
    ) async throws -> [Partial] {
        try await run(operation, site) { source, context in
            var partial = initial
            try source.forEachBatch { batch in
                try kernel(batch, &partial)
                try context.cancellation.check()
            }
            return partial
        }
    }

    /// Folds every partition into a partial result of its own.
    @usableFromInline @inline(never)
    func foldPartitions<Partial: Sendable>(
        _ operation: String, _ site: CallSite, from start: StartValue<Partial>, _ kernel: @escaping FoldKernel<Partial>
    ) async throws -> [Partial] {
        try await run(operation, site) { source, context in
            var partial = try start.make()
            try source.forEachBatch { batch in
                try kernel(batch, &partial)
                try context.cancellation.check()
            }
            return partial
        }
    }
}
