import Glibc
import Martlet

/// What it costs to run on other processes: on two of one slot each, whatever the context's master is.
func executors(_ settings: Settings, _ table: Table) async throws {
    var starts: [Double] = []
    for _ in 0..<5 {
        var context: MartletContext?
        starts.append(try await nanoseconds {
            context = try MartletContext(master: "local-cluster[2,1,1024]", settings: settings)
            blackHole(try await context?.range(0, 2, partitions: 2).count())
        })
        context?.stop()
    }
    starts.sort()
    table.row("executors up and first job, median", starts[2] / 1e6, nil, "ms")

    let context = try MartletContext(master: "local-cluster[2,1,4096]", settings: settings)
    defer { context.stop() }
    try await scheduling(context, table)
    let large = [Double](repeating: 1.5, count: 4 << 20)
    let sum = try await nanoseconds {
        blackHole(try await context.range(0, 4, partitions: 4).map { large[$0] }.sum())
    }
    table.row("job with a capture of 32 MiB, first time", sum / 1e6, nil, "ms")
    let back = try await nanoseconds {
        blackHole(try await context.range(0, 4 << 20, partitions: 4).collect())
    }
    table.row("collect of 32 MiB", back / 1e6, nil, "ms")
}

/// Rows that go from executors to executors of one host.
func exchange(_ settings: Settings, _ count: Int, _ table: Table) async throws {
    let context = try MartletContext(master: "local-cluster[2,1,4096]", settings: settings)
    defer { context.stop() }
    let rows = context.range(0, count, partitions: 8).map { ($0 &* 0x1E37_79B9_7F4A_7C15, $0) }
    var (made, shuffled) = (Double.infinity, Double.infinity)
    for _ in 0..<7 {
        made = min(made, try await nanoseconds { blackHole(try await rows.count()) })
        shuffled = min(shuffled, try await nanoseconds { blackHole(try await rows.partitionBy(.hash(8)).count()) })
    }
    let bytes = Double(count) * 16
    table.row("shuffle of (Int, Int), written and read", bytes / (shuffled - made) / 2, nil, "GB/s per core")
}

/// What it costs to lose one executor of four in the middle of an iteration over cached rows, against no loss.
///
/// Its share is what has to be done again in any case: a quarter of the cached rows, and of one iteration.
func losing(_ settings: Settings, _ count: Int, _ table: Table) async throws {
    let (executors, iterations) = (4, 12)
    func run(losesOne: Bool) async throws -> (total: Double, load: Double, iteration: Double) {
        let context = try MartletContext(master: "local-cluster[\(executors),1,1024]", settings: settings)
        defer { context.stop() }
        _ = try await context.range(0, executors, partitions: executors).count()
        let rows = context.range(0, count, partitions: 4 * executors).map { index in
            (0..<40).reduce(Double(index)) { value, _ in (value * value + 1).squareRoot() }
        }.cache()
        var sum = 0.0
        let load = try await nanoseconds { sum = try await rows.sum() }
        var mean = sum / Double(count)
        let rest = try await nanoseconds {
            for iteration in 0..<iterations {
                let (last, loses) = (mean, losesOne && iteration == iterations / 2)
                mean = try await rows.map { value in
                    if loses, let task = TaskContext.current, task.partitionID == 4 * executors / 2, task.attemptNumber == 0 {
                        kill(getpid(), SIGKILL)
                    }
                    return (0..<10).reduce(value) { value, _ in (value * value + last).squareRoot() }
                }.sum() / Double(count)
            }
        }
        blackHole(mean)
        return (load + rest, load, rest / Double(iterations))
    }
    var ratios: [Double] = []
    for _ in 0..<5 {
        let whole = try await run(losesOne: false)
        let lost = try await run(losesOne: true)
        let share = (whole.load + whole.iteration) / Double(executors)
        ratios.append((lost.total - share) / whole.total)
    }
    ratios.sort()
    table.row("one of 4 executors killed, beyond its share", ratios[2], nil, "x the time without, median")
}
