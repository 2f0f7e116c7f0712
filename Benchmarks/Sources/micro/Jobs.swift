import Foundation
import Martlet

/// Accumulators, `runJob` and approximate actions, against loops over an array.
func jobs(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let cached = context.range(0, count, partitions: 4).map { mixed($0) }.cache()
    let array = try await cached.collect()
    let doubles = cached.map { Double($0 & 1023) }.cache()
    let doubleArray = try await doubles.collect()

    var (engine, hand) = try await compare(count) {
        try await context.runJob(cached) { _, elements in elements.reduce(0, &+) }
    } hand: {
        array.reduce(0, &+)
    }
    table.row("runJob, sum of each partition", engine, hand)

    (engine, hand) = try await compare(count) { try await cached.countApprox(timeout: .seconds(600)).finalValue } hand: { array.count }
    table.row("countApprox", engine, hand)

    (engine, hand) = try await compare(count) { try await doubles.sumApprox(timeout: .seconds(600)).finalValue } hand: {
        doubleArray.reduce(into: Statistics()) { $0.add($1) }.sum
    }
    table.row("sumApprox", engine, hand)

    (engine, hand) = try await compare(count) { try await doubles.meanApprox(timeout: .seconds(600)).finalValue } hand: {
        doubleArray.reduce(into: Statistics()) { $0.add($1) }.mean
    }
    table.row("meanApprox", engine, hand)

    let few = cached.map { $0 & 255 }.cache()
    let fewArray = try await few.collect()
    func counts() -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for value in fewArray { counts[value, default: 0] += 1 }
        return counts
    }
    (engine, hand) = try await compare(count, repetitions: 3) { try await few.countByValueApprox(timeout: .seconds(600)).finalValue } hand: { counts() }
    table.row("countByValueApprox, 256 values", engine, hand)
    let pairs = few.map { ($0, 1) }
    (engine, hand) = try await compare(count, repetitions: 3) { try await pairs.countByKeyApprox(timeout: .seconds(600)).finalValue } hand: { counts() }
    table.row("countByKeyApprox, 256 keys", engine, hand)

    let sum = context.longAccumulator()
    (engine, hand) = try await compare(count, repetitions: 3) { try await cached.foreach { sum.add($0) } } hand: {
        array.reduce(0, &+)
    }
    table.row("longAccumulator, once for each element", engine, hand)
    let all = context.collectionAccumulator(of: Int.self)
    (engine, hand) = try await compare(count, repetitions: 3) {
        try await cached.foreach { all.add($0) }
        all.reset()
    } hand: {
        var copy: [Int] = []
        for value in array { copy.append(value) }
        return copy
    }
    table.row("collectionAccumulator, once for each element", engine, hand)
}

/// What listeners cost the control plane.
func listening(_ context: MartletContext, _ table: Table) async throws {
    final class Counter: MartletListener {}
    let tasks = 100_000
    let counter = Counter()
    for isListening in [false, true] {
        if isListening { context.addListener(counter) }
        var best = Double.infinity
        for _ in 0..<3 {
            best = min(best, try await nanoseconds { try await context.range(0, tasks, partitions: tasks).foreach { _ in } })
        }
        table.row(isListening ? "empty tasks, with a listener" : "empty tasks, without", Double(tasks) / best * 1e9, nil, "tasks/s")
    }
    context.removeListener(counter)
}
