public import MartletBlocks
public import MartletCore
public import MartletStatistics
import MartletTasks
public import MartletThreads

extension MartletContext {
    /// The results of a function for each input, computed on all slots, in the order of the inputs.
    ///
    ///     let squares = try await context.parallelMap(1...4) { $0 * $0 }
    ///     squares   // [1, 4, 9, 16]
    ///
    /// For work that is a list of inputs and not a data set: simulations, parameter sweeps, files to convert. A million
    /// tiny inputs are grouped into about a thousand tasks, a thousand long ones are a task each, so that neither
    /// overhead nor one late task matters. With `local[1]` the inputs are worked through one after the other, in order.
    ///
    /// A failing input ends the job, with the index and the value of the input in the error (`InputFailure`). Cancelling the
    /// calling Swift task, or the job, stops after the inputs in progress.
    ///
    /// - Parameters:
    ///   - inputs: copied into an array.
    ///   - transform: runs on a slot's thread and may block it. It may run again for inputs of a task that is retried.
    /// - Returns: one result for each input; all are held in memory.
    @inlinable @inline(__always)
    public func parallelMap<Inputs: Sequence, Output: Sendable>(
        _ inputs: Inputs,
        _ transform: @escaping @Sendable (Inputs.Element) throws -> Output, file: String = #fileID, line: Int = #line
    ) async throws -> [Output] where Inputs.Element: Sendable {
        try await mapped("parallelMap", CallSite(file: file, line: line), Array(inputs)) { raw, firstIndex, task, outputs in
            try mapInputs(raw, firstIndex, task, &outputs) { (input: Inputs.Element, _) in try transform(input) }
        }
    }

    /// `parallelMap` with a separate random number generator for each input. The same seed gives the same numbers with any
    /// number of slots; the numbers of different inputs are independent.
    ///
    ///     let rolls = try await context.parallelMap(0..<4, seed: 7) { _, generator in
    ///         Int.random(in: 1...6, using: &generator)
    ///     }
    ///     rolls.allSatisfy { (1...6).contains($0) }   // true
    @inlinable @inline(__always)
    public func parallelMap<Inputs: Sequence, Output: Sendable>(
        _ inputs: Inputs, seed: Int,
        _ transform: @escaping @Sendable (Inputs.Element, inout SeededGenerator) throws -> Output,
        file: String = #fileID, line: Int = #line
    ) async throws -> [Output] where Inputs.Element: Sendable {
        try await mapped("parallelMap", CallSite(file: file, line: line), Array(inputs)) { raw, firstIndex, task, outputs in
            try mapInputs(raw, firstIndex, task, &outputs) { (input: Inputs.Element, index) in
                var generator = SeededGenerator(seed: seed, partition: index)
                return try transform(input, &generator)
            }
        }
    }

    @usableFromInline @inline(never)
    func mapped<Input: Sendable, Output: Sendable>(
        _ operation: String, _ site: CallSite, _ inputs: [Input], _ kernel: @escaping InputKernel<Output>
    ) async throws -> [Output] {
        if inputs.isEmpty { return [] }
        let count = Swift.min(inputs.count, Swift.max(Self.taskCount, slotCount * Self.tasksPerSlot))
        let rdd = parallelize(inputs, partitions: count, file: site.file, line: site.line)
        let parts = try await rdd.run(operation, site) { source, task in
            var outputs: [Output] = []
            let bounds = sliceBounds(task.partitionID, of: count, inputs.count)
            outputs.reserveCapacity(bounds.count)
            try source.forEachBatch { try kernel($0, bounds.lowerBound, task.cancellation, &outputs) }
            return outputs
        }
        return RDD<Output>.concatenated(parts)
    }

    /// Inputs are grouped into at most this many tasks: a task costs about as much as a few thousand additions.
    private static var taskCount: Int { 1024 }
    /// With many slots, at most this many tasks for each slot.
    private static var tasksPerSlot: Int { 32 }
}

/// Processes a batch of a task's inputs; the task's first input has the given index. Made in the user's module (the kernel
/// rule).
@usableFromInline
typealias InputKernel<Output> = @Sendable (RawBatch, Int, CancellationFlag, inout [Output]) throws -> Void

@inlinable @inline(__always)
func mapInputs<Input, Output>(
    _ raw: RawBatch, _ firstIndex: Int, _ cancellation: CancellationFlag, _ outputs: inout [Output],
    _ transform: (Input, Int) throws -> Output
) throws {
    let batch: Batch<Input> = raw.elements()
    for place in 0..<batch.count {
        try cancellation.check()
        let index = firstIndex &+ outputs.count
        do {
            outputs.append(try transform(batch.base[place], index))
        } catch {
            throw InputFailure.make(error, index: index, input: batch.base[place])
        }
    }
}

/// A function failed for one of the inputs of `parallelMap`.
///
///     struct Odd: Error {}
///     var failure: InputFailure?
///     do {
///         _ = try await context.parallelMap([2, 4, 5]) { if $0 % 2 == 1 { throw Odd() } }
///     } catch JobError.taskFailed(let report) {
///         failure = report.underlying as? InputFailure
///     }
///     failure?.index ?? 0   // 2
public struct InputFailure: Error, CustomStringConvertible {
    /// The input's place among the inputs.
    public let index: Int
    /// The input's description, shortened.
    public let input: String
    /// The error that the function threw.
    public let underlying: any Error

    public var description: String { "input \(index) (\(input)): \(underlying)" }

    /// The error of a function, with its input, unless the error concerns the whole job.
    @usableFromInline
    static func make(_ error: any Error, index: Int, input: some Any) -> any Error {
        if error is CancellationError { return error }
        let text = String(describing: input)
        let start = text.prefix(descriptionCount)
        return InputFailure(
            index: index, input: start.endIndex == text.endIndex ? text : start + "...", underlying: error)
    }

    private static var descriptionCount: Int { 80 }
}
