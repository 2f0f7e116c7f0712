import Foundation
import Martlet

func pipeline(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        let sum = try await context.range(0, Setup.int("PIPELINE_N", 500_000_000), partitions: Setup.partitions)
            .map { Streams.lcg($0) }
            .filter { UInt64(bitPattern: Int64($0)) &>> 33 & 1 == 0 }
            .map { Int(truncatingIfNeeded: UInt64(bitPattern: Int64($0)) &>> 40) }
            .reduce(+)
        return ("sum=\(sum)", "")
    }
}

func scan(_ context: MartletContext, _ report: Report) async throws {
    let watch = Stopwatch()
    let numbers = context.range(0, Setup.int("SCAN_N", 100_000_000), partitions: Setup.partitions)
        .map { Streams.lcg($0) }.cache()
    _ = try await numbers.count()
    let load = watch.seconds
    try await report.repeated(10) {
        let sum = try await numbers.reduce { $0 &+ $1 }
        return ("sum=\(sum)", "\"load\":\(fixed(load, 4)),\"cachedMB\":\(numbers.cachedBytes >> 20)")
    }
}

func scanArrays(_ context: MartletContext, _ report: Report) async throws {
    let watch = Stopwatch()
    let arrays = context.range(0, Setup.int("SCAN_N", 100_000_000), partitions: Setup.partitions)
        .map { Streams.lcg($0) }.mapPartitions { [Array($0)] }.cache()
    _ = try await arrays.count()
    let load = watch.seconds
    try await report.repeated(10) {
        let sum = try await arrays.map { $0.reduce(0, &+) }.reduce { $0 &+ $1 }
        return ("sum=\(sum)", "\"load\":\(fixed(load, 4))")
    }
}

func smallTasks(_ context: MartletContext, _ report: Report) async throws {
    let count = Setup.int("TASKS", 10_000)
    try await report.repeated(max(Setup.repetitions, 5)) {
        try await context.range(0, count, partitions: count).foreach { _ in }
        return ("tasks=\(count)", "")
    }
}

func latency(_ context: MartletContext, _ report: Report) async throws {
    func series(_ name: String, _ body: () async throws -> Void) async throws {
        let watch = Stopwatch()
        try await body()
        let first = watch.seconds
        var times: [Double] = []
        for _ in 0..<200 {
            let watch = Stopwatch()
            try await body()
            times.append(watch.seconds)
        }
        times.sort()
        report.emit(
            0, times[100], name,
            "\"first\":\(fixed(first, 6)),\"p10\":\(fixed(times[20], 6)),\"p95\":\(fixed(times[190], 6)),"
                + "\"min\":\(fixed(times[0], 6)),\"n\":200")
    }
    func count() async throws { _ = try await context.parallelize([1, 2], partitions: 2).count() }
    func shuffle() async throws {
        _ = try await context.parallelize([1, 2], partitions: 2).map { ($0, $0) }.reduceByKey(partitions: 2, +).count()
    }
    try await series("count", count)
    try await series("shuffle", shuffle)
    try await series("count-warm", count)
    try await series("shuffle-warm", shuffle)
}

func startUp(_ context: MartletContext, _ report: Report) async throws {
    let count = try await context.parallelize([1, 2], partitions: 2).count()
    let start = Double(Setup.text("START_AT", "0")) ?? 0
    report.emit(0, Date().timeIntervalSince1970 - start, "n=\(count)")
}
