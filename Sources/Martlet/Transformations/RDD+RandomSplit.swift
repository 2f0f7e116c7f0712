public import MartletBlocks
public import MartletCore
import MartletStatistics

extension RDD {
    /// The elements shared out at random, each to one of several RDDs: training and test data, for instance. Together
    /// they are this RDD; each keeps the order and the partitioner.
    ///
    ///     let numbers = context.range(0, 1000, partitions: 4)
    ///     let parts = numbers.randomSplit([3, 1], seed: 7)
    ///     parts.count   // 2
    ///     try await parts[0].union(parts[1]).count()   // 1000
    ///
    /// Each part recomputes this RDD: `cache()` an expensive RDD. The position of an element decides its part, so parts are
    /// not disjoint if the elements or their order change with each computation. `checkpoint()` such an RDD; `cache()` is
    /// enough if no partition is evicted and no executor is lost.
    ///
    /// - Parameters:
    ///   - weights: how large the parts are, relative to each other, on average. Not negative, finite, and not all 0;
    ///     otherwise the actions on each part throw `ArgumentError`. An empty list makes one such part.
    ///   - seed: nil draws one now, so that the parts stay the same when they are computed again.
    @inlinable @inline(__always)
    public func randomSplit(
        _ weights: [Double], seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> [RDD<Element>] {
        split("randomSplit", CallSite(file: file, line: line), weights, seed, bernoulliKernel(Element.self))
    }

    @usableFromInline @inline(never)
    func split(
        _ operation: String, _ site: CallSite, _ weights: [Double], _ seed: Int?, _ kernel: @escaping Kernel
    ) -> [RDD<Element>] {
        if let problem = weightProblem(weights) {
            return (0..<Swift.max(1, weights.count)).map { _ in
                context.broken(operation, site, Element.self, .problem(problem))
            }
        }
        let seed = seed ?? drawnSeed()
        return cells(weights).map { cell in
            stateful(operation, site, kernel) { partition in
                let generator = SeededGenerator(seed: seed, partition: partition)
                return SamplingState(BernoulliSampler(cell: cell, generator: generator))
            }
        }
    }
}

private func weightProblem(_ weights: [Double]) -> String? {
    if weights.isEmpty { return "there are no weights" }
    if let weight = weights.first(where: { !($0 >= 0 && $0.isFinite) }) {
        return "weights are finite and not negative, unlike \(weight)"
    }
    return weights.allSatisfy { $0 == 0 } ? "all weights are 0" : nil
}

/// The numbers from 0 to 1, cut in proportion to the weights.
private func cells(_ weights: [Double]) -> [Range<Double>] {
    // Divided by the largest first, so that the sum is finite.
    let largest = weights.reduce(0, Swift.max)
    let shares = weights.map { $0 / largest }
    let total = shares.reduce(0, +)
    var bounds = [0.0]
    var sum = 0.0
    for share in shares {
        sum += share
        bounds.append(Swift.min(1, sum / total))
    }
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
}
