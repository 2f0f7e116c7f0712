public import MartletBlocks
public import MartletCore
public import MartletStatistics

extension RDD {
    /// A random part of the elements, with a separate fraction for each key. Keeps the order and the partitioner.
    ///
    ///     let visits = context.range(0, 1000, partitions: 4).map { ($0 % 2 == 0 ? "even" : "odd", $0) }
    ///     let part = visits.sampleByKey(withReplacement: false, fractions: ["even": 1, "odd": 0])
    ///     try await part.count()   // 500
    ///
    /// The sizes of the parts are approximate; `sampleByKeyExact` has exact sizes.
    ///
    /// - Parameters:
    ///   - withReplacement: an element may be drawn several times: a Poisson number of times.
    ///   - fractions: as in `sample`, for each key. Elements of other keys are left out.
    ///   - seed: nil draws one now, so that a recomputed sample is the same, as long as the elements and their order are the
    ///     same.
    @inlinable @inline(__always)
    public func sampleByKey<Key: Hashable & Sendable, Value: Sendable>(
        withReplacement: Bool, fractions: [Key: Double], seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> where Element == (Key, Value) {
        sampledByKey(
            CallSite(file: file, line: line), withReplacement, fractions, seed,
            keyedSamplingKernel(KeyedSampler<Key>.self, Value.self))
    }

    @usableFromInline @inline(never)
    func sampledByKey<Key: Hashable & Sendable, Value: Sendable>(
        _ site: CallSite, _ withReplacement: Bool, _ fractions: [Key: Double], _ seed: Int?, _ kernel: @escaping Kernel
    ) -> RDD<Element> where Element == (Key, Value) {
        if let problem = keyError(Key.self, "sampleByKey", site) { return broken("sampleByKey", site, problem) }
        if let problem = fractionProblem(fractions, withReplacement) {
            return context.broken("sampleByKey", site, Element.self, .problem(problem))
        }
        let seed = seed ?? drawnSeed()
        let rates = fractions.mapValues { KeyRate($0, withReplacement) }
        return stateful("sampleByKey", site, kernel) { partition in
            SamplingState(KeyedSampler(rates: rates, generator: SeededGenerator(seed: seed, partition: partition)))
        }
    }
}

/// The rates of the keys, and the random numbers of one partition.
@usableFromInline
struct KeyedSampler<Key: Hashable & Sendable>: SamplerByKey {
    @usableFromInline let rates: [Key: KeyRate]
    @usableFromInline var generator: SeededGenerator

    @usableFromInline
    init(rates: [Key: KeyRate], generator: SeededGenerator) {
        self.rates = rates
        self.generator = generator
    }

    @inlinable
    mutating func count(of key: Key) -> Int { rates[key]?.draw(&generator) ?? 0 }
}

/// The problem with the fraction of a key; nil if there is none.
func fractionProblem<Key>(_ fractions: [Key: Double], _ withReplacement: Bool) -> String? {
    let problems = fractions.compactMap { key, fraction in
        fractionProblem(fraction, withReplacement).map { "key \(key): \($0)" }
    }
    return problems.min()
}
