import Foundation
import Martlet

/// Sampling, moments and sketches, against the loop or the structure that one would write for the same.
func sampling(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let cached = context.range(0, count, partitions: 4).map { mixed($0) }.cache()
    let array = try await cached.collect()
    try await samples(cached, array, table)
    try await moments(cached, array, table)
    try await sketches(cached, array, table)
    cached.unpersist()
}

private func samples(_ cached: RDD<Int>, _ array: [Int], _ table: Table) async throws {
    for fraction in [0.01, 0.09, 0.11, 0.5] {
        let (engine, hand) = try await compare(array.count, repetitions: 5) {
            try await cached.sample(withReplacement: false, fraction: fraction, seed: 1).count()
        } hand: {
            var (generator, chosen) = (SeededGenerator(seed: 1), [Int]())
            for x in array where Double(generator.next() >> 11) * 0x1p-53 < fraction { chosen.append(x) }
            return chosen.count
        }
        table.row("sample, fraction \(fraction)", engine, hand)
    }
    for fraction in [0.01, 1] {
        let (engine, hand) = try await compare(array.count, repetitions: 3) {
            try await cached.sample(withReplacement: true, fraction: fraction, seed: 1).count()
        } hand: {
            var (generator, chosen) = (SeededGenerator(seed: 1), [Int]())
            let none = exp(-fraction)
            for x in array {
                var (likelihood, rest, k) = (none, Double(generator.next() >> 11) * 0x1p-53 - none, 0.0)
                while rest >= 0 {
                    chosen.append(x)
                    k += 1
                    likelihood *= fraction / k
                    rest -= likelihood
                }
            }
            return chosen.count
        }
        table.row("sample with replacement, fraction \(fraction)", engine, hand)
    }
    var (engine, hand) = try await compare(array.count, repetitions: 3) {
        let parts = cached.randomSplit([3, 1], seed: 1)
        return try await parts[0].count() + parts[1].count()
    } hand: {
        var (generator, parts) = (SeededGenerator(seed: 1), ([Int](), [Int]()))
        for x in array { if generator.next() >> 62 == 0 { parts.1.append(x) } else { parts.0.append(x) } }
        return parts.0.count + parts.1.count
    }
    table.row("randomSplit in two, both counted", engine, hand)

    (engine, hand) = try await compare(array.count, repetitions: 3) {
        try await cached.takeSample(withReplacement: false, count: 1000, seed: 1)
    } hand: {
        var (generator, reservoir) = (SeededGenerator(seed: 1), Array(array.prefix(1000)))
        for index in 1000..<array.count {
            let place = Int(truncatingIfNeeded: generator.next(upperBound: UInt64(index + 1)))
            if place < 1000 { reservoir[place] = array[index] }
        }
        return reservoir
    }
    table.row("takeSample of 1000 (by hand: reservoir)", engine, hand)

    let keyed = cached.map { ($0 & 7, $0) }
    let fractions = [0: 0.1, 1: 0.5, 2: 0.9, 3: 0.01]
    (engine, hand) = try await compare(array.count, repetitions: 3) {
        try await keyed.sampleByKey(withReplacement: false, fractions: fractions, seed: 1).count()
    } hand: {
        var (generator, chosen) = (SeededGenerator(seed: 1), [(Int, Int)]())
        for x in array where Double(generator.next() >> 11) * 0x1p-53 < fractions[x & 7] ?? 0 { chosen.append((x & 7, x)) }
        return chosen.count
    }
    table.row("sampleByKey, 8 keys (by hand: Dictionary)", engine, hand)

    (engine, hand) = try await compare(array.count, repetitions: 3) {
        try await keyed.sampleByKeyExact(withReplacement: false, fractions: fractions, seed: 1).count()
    } hand: {
        var groups: [Int: [Int]] = [:]
        for x in array where fractions[x & 7] != nil { groups[x & 7, default: []].append(x) }
        var generator = SeededGenerator(seed: 1)
        return groups.reduce(0) { sum, group in
            let size = Int(Double(group.value.count) * (fractions[group.key] ?? 0))
            return sum + group.value.shuffled(using: &generator).prefix(size).count
        }
    }
    table.row("sampleByKeyExact, 8 keys (by hand: groups)", engine, hand)
}

private func moments(_ cached: RDD<Int>, _ array: [Int], _ table: Table) async throws {
    var (engine, hand) = try await compare(array.count) { try await cached.stats() } hand: {
        var (count, mean, m2, m3, m4) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for x in array {
            let before = count
            count += 1
            let distance = Double(x) - mean
            let step = distance / count
            let growth = distance * step * before
            mean += step
            m4 += step * (step * (growth * (count * count - 3 * count + 3) + 6 * m2) - 4 * m3)
            m3 += step * (growth * (count - 2) - 3 * m2)
            m2 += growth
        }
        return (mean, m2, m3, m4)
    }
    table.row("stats with four moments", engine, hand)

    let edges = (0...20).map { Double(Int.min) + Double($0) * (0x1p64 / 20) }
    (engine, hand) = try await compare(array.count) {
        try await cached.histogram(edges: edges, even: true).counts
    } hand: {
        var counts = [Int](repeating: 0, count: 20)
        let scale = 20 / 0x1p64
        for x in array { counts[min(19, Int((Double(x) + 0x1p63) * scale))] += 1 }
        return counts
    }
    table.row("histogram, 20 even buckets", engine, hand)

    (engine, hand) = try await compare(array.count) {
        try await cached.histogram(edges: edges).counts
    } hand: {
        var counts = [Int](repeating: 0, count: 20)
        for x in array {
            var (low, high) = (0, 20)
            while low + 1 < high {
                let middle = (low + high) / 2
                if Double(x) >= edges[middle] { low = middle } else { high = middle }
            }
            counts[low] += 1
        }
        return counts
    }
    table.row("histogram, 20 buckets by search", engine, hand)
}

private func sketches(_ cached: RDD<Int>, _ array: [Int], _ table: Table) async throws {
    var (engine, hand) = try await compare(array.count, repetitions: 3) {
        try await cached.quantiles([0.5])
    } hand: {
        array.sorted()[array.count / 2]
    }
    table.row("quantiles (by hand: Array.sorted)", engine, hand)

    (engine, hand) = try await compare(array.count, repetitions: 3) {
        try await cached.countApproxDistinct()
    } hand: {
        Set(array).count
    }
    table.row("countApproxDistinct (by hand: Set)", engine, hand)

    for keys in [255, 0xFFFFF] {
        let few = cached.map { $0 & keys }
        (engine, hand) = try await compare(array.count, repetitions: 3) { try await few.topK(10) } hand: {
            var counts: [Int: Int] = [:]
            for x in array { counts[x & keys, default: 0] += 1 }
            return counts.max { $0.value < $1.value }
        }
        table.row("topK(10), \(keys + 1) different (by hand: Dictionary)", engine, hand)
    }

    (engine, hand) = try await compare(array.count, repetitions: 3) {
        try await cached.map { ($0 & 1023, $0) }.countApproxDistinctByKey(partitions: 4).count()
    } hand: {
        var sets: [Int: Set<Int>] = [:]
        for x in array { sets[x & 1023, default: []].insert(x) }
        return sets.count
    }
    table.row("countApproxDistinctByKey (by hand: Sets)", engine, hand)
}
