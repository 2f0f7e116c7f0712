import Martlet

/// What it costs to run on other processes: on two of one slot each, whatever the context's master is.
func executors(_ count: Int, _ table: Table) async throws {
    var starts: [Double] = []
    for _ in 0..<5 {
        var context: MartletContext?
        starts.append(try await nanoseconds {
            context = try MartletContext(master: "local-cluster[2,1,1024]")
            blackHole(try await context?.range(0, 2, partitions: 2).count())
        })
        context?.stop()
    }
    starts.sort()
    table.row("executors up and first job, median", starts[2] / 1e6, nil, "ms")

    let context = try MartletContext(master: "local-cluster[2,1,4096]")
    defer { context.stop() }
    try await scheduling(context, table)
    let rows = context.range(0, count, partitions: 8).map { ($0 &* 0x1E37_79B9_7F4A_7C15, $0) }
    var (made, shuffled) = (Double.infinity, Double.infinity)
    for _ in 0..<3 {
        made = min(made, try await nanoseconds { blackHole(try await rows.count()) })
        shuffled = min(shuffled, try await nanoseconds { blackHole(try await rows.partitionBy(.hash(8)).count()) })
    }
    let bytes = Double(count) * 16
    table.row("shuffle of (Int, Int), written and read", bytes / (shuffled - made) / 2, nil, "GB/s per core")

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
