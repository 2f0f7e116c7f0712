import Foundation
import Martlet

/// Actions over a cached RDD, against a loop over an array.
func actions(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let cached = context.range(0, count, partitions: 4).map { mixed($0) }.cache()
    let array = try await cached.collect()

    var (engine, hand) = try await compare(count) { try await cached.reduce { $0 &+ $1 } } hand: {
        array.reduce(0, &+)
    }
    table.row("cached reduce", engine, hand)

    (engine, hand) = try await compare(count) { try await cached.aggregate((0, 0), { ($0.0 &+ $1, $0.1 + 1) }, combine: { ($0.0 &+ $1.0, $0.1 + $1.1) }) } hand: {
        var result = (0, 0)
        for x in array { result = (result.0 &+ x, result.1 + 1) }
        return result
    }
    table.row("cached aggregate", engine, hand)

    (engine, hand) = try await compare(count) { try await cached.max() } hand: { array.max() }
    table.row("cached max", engine, hand)

    (engine, hand) = try await compare(count) { try await cached.top(10) } hand: {
        var best: [Int] = []
        for x in array where best.count < 10 || x > best[9] {
            best.insert(x, at: best.firstIndex { x > $0 } ?? best.count)
            if best.count > 10 { best.removeLast() }
        }
        return best
    }
    table.row("cached top(10)", engine, hand)

    (engine, hand) = try await compare(count, repetitions: 3) { try await cached.collect() } hand: {
        var copy: [Int] = []
        copy.reserveCapacity(array.count)
        for x in array { copy.append(x) }
        return copy
    }
    table.row("cached collect", engine, hand)

    (engine, hand) = try await compare(count) { try await cached.map { Double($0) }.stats() } hand: {
        var (count, mean, squares) = (0.0, 0.0, 0.0)
        for x in array {
            count += 1
            let distance = Double(x) - mean
            mean += distance / count
            squares += distance * (Double(x) - mean)
        }
        return (mean, squares)
    }
    table.row("cached stats", engine, hand)
    cached.unpersist()
}

/// Words of a text against a loop over its bytes.
func text(_ context: MartletContext, _ table: Table) async throws {
    let lines = (0..<200_000).map { "line \($0) has some words of different lengths, the \($0 &* 7919) th of them" }
    let path = NSTemporaryDirectory() + "martlet-micro-\(getpid()).txt"
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
    let words = try await context.textFile(path).flatMap { $0.words() }.count()
    func byHand() -> Int {
        var (count, inWord) = (0, false)
        for byte in bytes {
            if byte > 32, !inWord { count += 1 }
            inWord = byte > 32
        }
        return count
    }
    precondition(words == byHand(), "the engine and the loop count different words")
    var (engine, hand) = try await compare(words) { try await context.textLines(path).flatMap { $0.words() }.count() } hand: { byHand() }
    table.row("textLines.words (by hand: count only)", engine, hand, "ns/word")
    (engine, hand) = try await compare(words) { try await context.textFile(path).flatMap { $0.words() }.count() } hand: { byHand() }
    table.row("textFile.words (by hand: count only)", engine, hand, "ns/word")
}

/// What the control plane costs.
func scheduling(_ context: MartletContext, _ table: Table) async throws {
    let tasks = 100_000
    var best = Double.infinity
    for _ in 0..<3 {
        best = min(best, try await nanoseconds { try await context.range(0, tasks, partitions: tasks).foreach { _ in } })
    }
    table.row("empty tasks", Double(tasks) / best * 1e9, nil, "tasks/s")

    var times: [Double] = []
    for _ in 0..<500 {
        times.append(try await nanoseconds { blackHole(try await context.parallelize([1, 2], partitions: 2).count()) })
    }
    times.sort()
    table.row("job of one stage, median", times[250] / 1e6, nil, "ms")
    times = []
    for _ in 0..<500 {
        times.append(try await nanoseconds {
            blackHole(try await context.parallelize([1, 2], partitions: 2).map { ($0, 1) }.reduceByKey(partitions: 2, +).count())
        })
    }
    times.sort()
    table.row("job with a shuffle, median", times[250] / 1e6, nil, "ms")

    var starts: [Double] = []
    for _ in 0..<10 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--first-result", "--master", context.isLocal ? "local[2]" : "\(context.master)"]
        process.standardOutput = FileHandle.nullDevice
        starts.append(try await nanoseconds {
            try process.run()
            process.waitUntilExit()
        })
    }
    starts.sort()
    table.row("process start to first result and exit", starts[5] / 1e6, nil, "ms")
}
