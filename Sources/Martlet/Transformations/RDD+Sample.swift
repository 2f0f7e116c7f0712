public import MartletBlocks
public import MartletCore
import MartletLineage
public import MartletStatistics
import MartletTasks

extension RDD {
    /// A random part of the elements, in their order. Keeps the partitioner.
    ///
    ///     let numbers = context.range(0, 1000, partitions: 4)
    ///     let part = numbers.sample(withReplacement: false, fraction: 0.1, seed: 7)
    ///     let again = numbers.sample(withReplacement: false, fraction: 0.1, seed: 7)
    ///     try await part.collect() == again.collect()   // true
    ///     try await numbers.sample(withReplacement: false, fraction: 1).count()   // 1000
    ///
    /// If the order of the elements is the same each time, so is the sample. Its size is only about `fraction` of the
    /// whole; `takeSample` has an exact size. With a small fraction, skipped elements cost almost nothing.
    ///
    /// - Parameters:
    ///   - withReplacement: an element may be drawn several times: a Poisson number of times.
    ///   - fraction: without replacement the probability of each element, 0 to 1; with replacement how often each is
    ///     expected, 0 to 2,147,483,647. Anything else fails the actions with `ArgumentError`.
    ///   - seed: nil draws one now, so that the sample stays the same when it is computed again, as long as the elements and
    ///     their order do: elements are picked by their places.
    @inlinable @inline(__always)
    public func sample(
        withReplacement: Bool, fraction: Double, seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        sampled(
            "sample", CallSite(file: file, line: line), withReplacement, fraction, seed,
            withReplacement ? poissonKernel(Element.self) : bernoulliKernel(Element.self))
    }

    /// `sample` without replacement: the usual case.
    ///
    ///     try await context.range(0, 1000, partitions: 4).sample(1).count()   // 1000
    ///
    /// - Parameters:
    ///   - fraction: the probability of each element, 0 to 1.
    ///   - seed: nil draws one now.
    @inlinable @inline(__always)
    public func sample(
        _ fraction: Double, seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        sample(withReplacement: false, fraction: fraction, seed: seed, file: file, line: line)
    }

    @usableFromInline @inline(never)
    func sampled(
        _ operation: String, _ site: CallSite, _ withReplacement: Bool, _ fraction: Double, _ seed: Int?,
        _ kernel: @escaping Kernel
    ) -> RDD<Element> {
        if let problem = fractionProblem(fraction, withReplacement) {
            return context.broken(operation, site, Element.self, .problem(problem))
        }
        let seed = seed ?? drawnSeed()
        return stateful(operation, site, kernel) { partition in
            let generator = SeededGenerator(seed: seed, partition: partition)
            return withReplacement
                ? SamplingState(PoissonSampler(fraction: fraction, generator: generator))
                : SamplingState(BernoulliSampler(fraction: fraction, generator: generator))
        }
    }

    /// Adds a kernel with a separate state for each partition.
    @usableFromInline @inline(never)
    func stateful(
        _ operation: String, _ site: CallSite, _ kernel: @escaping Kernel,
        state: @escaping @Sendable (_ partition: Int) -> AnyObject
    ) -> RDD<Element> {
        let step = Step(
            kernel: kernel, input: lineage.elementType, output: lineage.elementType, operation: operation,
            callSite: site)
        return narrow(
            operation, site, Element.self, keepsPartitioner: true,
            program: .compute { sources, partition, context in
                Pipeline(
                    source: sources[0], steps: [step], states: [state(partition)],
                    batchBytes: context.environment.batchBytes, cancellation: context.cancellation)
            })
    }
}

@inlinable @inline(__always)
func bernoulliKernel<Element>(_: Element.Type) -> Kernel {
    { frame in
        guard let object = frame.state else { return }
        let state = unsafeDowncast(object, to: SamplingState<BernoulliSampler>.self)
        var sampler = state.sampler
        if sampler.usesGaps {
            frame.pick(Element.self, &sampler)
        } else {
            try frame.filter { (_: Element) in sampler.isInCell() }
        }
        state.sampler = sampler
    }
}

@inlinable @inline(__always)
func poissonKernel<Element>(_: Element.Type) -> Kernel {
    { frame in
        guard let object = frame.state else { return }
        let state = unsafeDowncast(object, to: SamplingState<PoissonSampler>.self)
        var (sampler, pending) = (state.sampler, state.pending)
        frame.replicate(&pending) { (_: Element) in sampler.nextCount() }
        (state.sampler, state.pending) = (sampler, pending)
    }
}

/// The problem with a fraction; nil if it is valid.
func fractionProblem(_ fraction: Double, _ withReplacement: Bool) -> String? {
    let limit = withReplacement ? PoissonSampler.largestFraction : 1
    if fraction >= 0, fraction <= limit { return nil }
    return withReplacement
        ? "a fraction with replacement is 0 to \(Int(limit)), not \(fraction)"
        : "a fraction without replacement is 0 to 1, not \(fraction)"
}

/// A random seed, for a call without one.
func drawnSeed() -> Int { Int.random(in: .min ... .max) }
