public import MartletBlocks
public import MartletStatistics

/// Says how often the next element of a key is drawn.
@usableFromInline
protocol SamplerByKey: SendableMetatype {
    associatedtype Key: Hashable & Sendable
    mutating func count(of key: Key) -> Int
}

@inlinable @inline(__always)
func keyedSamplingKernel<Sampler: SamplerByKey, Value>(_: Sampler.Type, _: Value.Type) -> Kernel {
    { frame in
        guard let object = frame.state else { return }
        let state = unsafeDowncast(object, to: SamplingState<Sampler>.self)
        var pending = state.pending
        frame.replicate(&pending) { (row: (Sampler.Key, Value)) in state.sampler.count(of: row.0) }
        state.pending = pending
    }
}

/// How often an element of a key is drawn.
@usableFromInline
enum KeyRate: Sendable {
    case atMostOnce(probability: Double)
    case anyTimes(PoissonDistribution)

    init(_ fraction: Double, _ withReplacement: Bool) {
        self = withReplacement
            ? .anyTimes(PoissonDistribution(mean: fraction)) : .atMostOnce(probability: fraction)
    }

    @usableFromInline
    func draw(_ generator: inout SeededGenerator) -> Int {
        switch self {
        case .atMostOnce(let probability): generator.nextUnit() < probability ? 1 : 0
        case .anyTimes(let distribution): distribution.draw(&generator)
        }
    }
}
