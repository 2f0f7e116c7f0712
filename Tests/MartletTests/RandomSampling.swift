import Martlet

extension Elements {
    /// Samples whose elements an oracle can name: they divide, take or drop all elements.
    func samplingStep(_ program: inout RandomProgram) -> any Subject {
        let seed = program.pick(1000)
        switch program.pick(3) {
        case 0:
            let weights = (0...program.pick(4)).map { _ in Double(program.pick(4)) } + [1]
            program.note("union of randomSplit(\(weights), seed: \(seed))")
            let parts = rdd.randomSplit(weights, seed: seed)
            return Elements(rdd: program.context.union(parts), expected: expected, isOrdered: false)
        case 1:
            let weights = program.chance(2) ? [0.0, 1] : [1.0, 0]
            program.note("randomSplit(\(weights))[1]")
            return Elements(
                rdd: rdd.randomSplit(weights, seed: seed)[1], expected: weights[1] == 1 ? expected : [],
                isOrdered: isOrdered)
        default:
            program.note("sample(1, \(seed))")
            return Elements(
                rdd: rdd.sample(withReplacement: false, fraction: 1, seed: seed), expected: expected,
                isOrdered: isOrdered)
        }
    }

    /// Checks one of the actions that sample or summarise.
    func samplingDifference(_ program: inout RandomProgram) async throws -> String? {
        let seed = program.pick(1000)
        switch program.pick(6) {
        case 0: return try await sampleDifference([0.02, 0.3, 0.8][program.pick(3)], program.chance(2), seed)
        case 1: return try await takeSampleDifference(program.pick(60), program.chance(2), seed)
        case 2: return try await momentDifference()
        case 3: return try await quantileDifference(seed)
        case 4: return try await frequencyDifference(1 + program.pick(30))
        default:
            let count = try await rdd.countApproxDistinct(precision: 18, sparsePrecision: 32)
            return count == Set(expected).count ? nil : "countApproxDistinct: \(count)"
        }
    }

    private func sampleDifference(_ fraction: Double, _ withReplacement: Bool, _ seed: Int) async throws -> String? {
        let text = "sample(\(withReplacement), \(fraction), \(seed))"
        let sample = rdd.sample(withReplacement: withReplacement, fraction: fraction, seed: seed)
        let drawn = try await sample.collect()
        if try await sample.collect() != drawn { return "\(text) differs from itself" }
        let all = Set(expected)
        if let stranger = drawn.first(where: { !all.contains($0) }) { return "\(text) has \(stranger)" }
        if withReplacement { return nil }
        return tooOften(drawn).map { "\(text) has \($0) too often" }
    }

    private func takeSampleDifference(_ count: Int, _ withReplacement: Bool, _ seed: Int) async throws -> String? {
        let text = "takeSample(\(withReplacement), \(count), \(seed))"
        let drawn = try await rdd.takeSample(withReplacement: withReplacement, count: count, seed: seed)
        let size = expected.isEmpty ? 0 : withReplacement ? count : Swift.min(count, expected.count)
        if drawn.count != size { return "\(text): \(drawn.count) elements" }
        return withReplacement ? nil : tooOften(drawn).map { "\(text) has \($0) too often" }
    }

    /// An element that is drawn more often than it occurs.
    private func tooOften(_ drawn: [Element]) -> Element? {
        var left = expected.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        for element in drawn { left[element, default: 0] -= 1 }
        return left.first { $0.value < 0 }?.key
    }

    private func momentDifference() async throws -> String? {
        let digests = rdd.map { $0.digest }
        let stats = try await digests.stats()
        var serial = Statistics()
        for element in expected { serial.add(Double(element.digest)) }
        func isNear(_ left: Double, _ right: Double) -> Bool { left.isNaN && right.isNaN || abs(left - right) < 1e-9 || left == right }
        guard stats.count == serial.count, stats.min == serial.min, stats.max == serial.max,
            isNear(stats.mean, serial.mean), isNear(stats.variance, serial.variance)
        else { return "stats: \(stats) instead of \(serial)" }
        var histogram = Histogram(edges: [0, 1, 2.5, 6])
        for element in expected { histogram.add(Double(element.digest)) }
        let counts = try await digests.histogram(edges: [0, 1, 2.5, 6]).counts
        return counts == histogram.counts ? nil : "histogram: \(counts)"
    }

    private func quantileDifference(_ seed: Int) async throws -> String? {
        let ranks = expected.map(\.rank).sorted()
        let answers = try await rdd.map { $0.rank }.quantiles([0, 0.5, 1], accuracy: 0.1, seed: seed)
        guard let first = ranks.first, let last = ranks.last else { return answers.isEmpty ? nil : "quantiles: \(answers)" }
        if answers.count != 3 || answers[0] != first || answers[2] != last { return "quantiles: \(answers)" }
        // Twice the stated accuracy: the result is wrong with a probability of far less than 1%.
        let (below, upTo) = (ranks.count { $0 < answers[1] }, ranks.count { $0 <= answers[1] })
        let (count, slack) = (Double(ranks.count), 0.2 * Double(ranks.count))
        return Double(below) <= count / 2 + slack && Double(upTo) >= count / 2 - slack ? nil : "median: \(answers[1])"
    }

    private func frequencyDifference(_ counters: Int) async throws -> String? {
        let summary = try await rdd.frequentItems(counters: counters)
        let truth = expected.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        if summary.error > summary.errorBound || summary.count != expected.count { return "frequentItems: \(summary)" }
        return truth.first { !summary.bounds(of: $0.key).contains($0.value) }
            .map { "frequentItems: \($0.key) is there \($0.value) times, not \(summary.bounds(of: $0.key))" }
    }
}

extension KeyedElements {
    func samplingStep(_ program: inout RandomProgram) -> any Subject {
        var fractions: [Key: Double] = [:]
        for row in expected where program.chance(2) { fractions[row.first] = 1 }
        let seed = program.pick(1000)
        if program.chance(2) {
            program.note("sampleByKey of \(fractions.count) keys")
            let chosen = fractions
            return KeyedElements(
                rdd: rdd.sampleByKey(withReplacement: false, fractions: fractions, seed: seed),
                expected: expected.filter { chosen[$0.first] != nil }, isOrdered: isOrdered)
        }
        let count = program.chance(2) ? program.partitions() : nil
        program.note("countApproxDistinctByKey(\(count ?? 0))")
        let distinct = Set(expected).reduce(into: [:]) { $0[$1.first, default: 0] += 1 }
        return KeyedElements(
            rdd: rdd.countApproxDistinctByKey(precision: 18, sparsePrecision: 32, partitions: count),
            expected: distinct.map { Pair($0.key, $0.value) }, isOrdered: false)
    }

    /// Checks a sample of exact size.
    func samplingDifference(_ program: inout RandomProgram) async throws -> String? {
        let sizes = expected.reduce(into: [:]) { $0[$1.first, default: 0] += 1 }
        let withReplacement = program.chance(2)
        let fraction = withReplacement ? 1.5 : 0.3
        let sample = try await rdd.sampleByKeyExact(
            withReplacement: withReplacement, fractions: sizes.mapValues { _ in fraction }, seed: program.pick(1000))
        let drawn = try await sample.keys().collect().reduce(into: [:]) { $0[$1, default: 0] += 1 }
        return sizes.first { drawn[$0.key] != Int((fraction * Double($0.value)).rounded(.up)) }
            .map { "sampleByKeyExact: \(drawn[$0.key] ?? 0) of the \($0.value) rows of \($0.key)" }
    }
}
