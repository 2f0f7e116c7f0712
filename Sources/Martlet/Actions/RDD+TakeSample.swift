public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletStatistics

extension RDD {
    /// Exactly `count` elements drawn at random, in random order; all elements, shuffled, if there are no more and each may
    /// be drawn once. None for an empty RDD.
    ///
    ///     let letters = context.parallelize(["a", "b", "c"], partitions: 2)
    ///     try await letters.takeSample(withReplacement: false, count: 2).count   // 2
    ///     try await letters.takeSample(withReplacement: false, count: 9).sorted()   // ["a", "b", "c"]
    ///     try await letters.takeSample(withReplacement: true, count: 9).count   // 9
    ///
    /// Counts the elements first, then samples a few more than are wanted; in less than one case of 10,000 the sample is
    /// too small, and another one is drawn. `cache()` an RDD that takes long to compute.
    ///
    /// - Parameters:
    ///   - withReplacement: an element may be drawn several times.
    ///   - count: 0 or more. The sample must fit into memory.
    ///   - seed: the same seed gives the same sample; nil draws one.
    /// - Throws: `ArgumentError` for a `count` below 0 or, with replacement, one that `martlet.executor.memory` has no room for.
    @inlinable @inline(__always)
    public func takeSample(
        withReplacement: Bool, count: Int, seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) async throws -> [Element] {
        try await exactSample(
            CallSite(file: file, line: line), withReplacement, count, seed,
            withReplacement ? poissonKernel(Element.self) : bernoulliKernel(Element.self))
    }

    @usableFromInline @inline(never)
    func exactSample(
        _ site: CallSite, _ withReplacement: Bool, _ count: Int, _ seed: Int?, _ kernel: @escaping Kernel
    ) async throws -> [Element] {
        func problem(_ text: String) -> ArgumentError {
            ArgumentError(operation: "takeSample", callSite: site, problem: text)
        }
        let limit = withReplacement
            ? CountLimit.drawn(bytesOfEach: MemoryLayout<Element>.stride, memoryBytes: context.memoryBytes) : .drawnOnce
        try limit.check(count, "takeSample", site)
        if let problem = lineage.problem { throw problem }
        if count == 0 { return [] }
        let total = try await self.count(file: site.file, line: site.line)
        if total == 0 { return [] }
        var generator = SeededGenerator(seed: seed ?? drawnSeed())
        if !withReplacement, count >= total {
            return try await collect(file: site.file, line: site.line).shuffled(using: &generator)
        }
        let fraction = samplingFraction(for: count, of: total, withReplacement: withReplacement)
        if fractionProblem(fraction, withReplacement) != nil {
            throw problem("cannot draw \(count) elements of \(total): no element can be drawn more than \(Int32.max) times")
        }
        for _ in 0..<100 {
            let seed = Int(truncatingIfNeeded: generator.next())
            let sample = try await sampled("takeSample", site, withReplacement, fraction, seed, kernel)
                .collect(file: site.file, line: site.line)
            guard sample.count >= count else { continue }
            return Array(sample.shuffled(using: &generator).prefix(count))
        }
        throw problem("of \(total) elements, 100 samples had fewer than \(count); the RDD has fewer each time: cache it")
    }
}
