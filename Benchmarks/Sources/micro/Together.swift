import Martlet

/// Operators on two RDDs, ordered ones, and futures.
func together(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let numbers = context.range(0, count, partitions: 4)
    let end = opaque(count)

    var (engine, hand) = try await compare(count) {
        try await numbers.compactMap { mixed($0) & 1 == 0 ? $0 ^ 7 : nil }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end where mixed(i) & 1 == 0 { sum = sum &+ (i ^ 7) }
        return sum
    }
    table.row("compactMap.reduce (half kept, at random)", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.zip(numbers).map { $0 ^ $1 &+ 1 }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ (opaqueIdentity(i) ^ i &+ 1) }
        return sum
    }
    table.row("zip.map.reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.zipPartitions(numbers) { a, b in Swift.zip(a, b).lazy.map { $0 ^ $1 &+ 1 } }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ (opaqueIdentity(i) ^ i &+ 1) }
        return sum
    }
    table.row("zipPartitions (lazy zip).reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.zipPartitions(numbers) { a, b in
            var (a, b, sum) = (a, b, 0)
            while let left = a.next(), let right = b.next() { sum = sum &+ (left ^ right &+ 1) }
            return CollectionOfOne(sum)
        }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ (opaqueIdentity(i) ^ i &+ 1) }
        return sum
    }
    table.row("zipPartitions (sum)", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.zipWithUniqueId().map { $0 ^ $1 }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ (opaqueIdentity(i) ^ (i &* 4)) }
        return sum
    }
    table.row("zipWithUniqueId.map.reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await context.generate(partitions: 4) { part in (count / 4 * part..<count / 4 * (part + 1)).lazy.map { mixed($0) } }
            .reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ mixed(i) }
        return sum
    }
    table.row("generate.reduce", engine, hand)

    let (rows, columns) = (opaque(count / 2000), opaque(2000))
    let (left, right) = (context.range(0, rows, partitions: 2), context.range(0, columns, partitions: 2))
    (engine, hand) = try await compare(rows * columns) {
        try await left.cartesian(right).map { $0 ^ $1 }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<rows { for j in 0..<columns { sum = sum &+ (opaqueIdentity(i) ^ j) } }
        return sum
    }
    table.row("cartesian.map.reduce", engine, hand)

    (engine, hand) = try await compare(count) { try await numbers.glom().map(\.count).reduce { $0 + $1 } } hand: {
        Array(0..<end).count
    }
    table.row("glom (by hand: Array)", engine, hand)

    try await indexed(context, count, table)
    try await futures(context, count, table)
}

/// Operators that know what stands before a partition.
private func indexed(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let numbers = context.range(0, count, partitions: 4)
    let end = opaque(count)

    var (engine, hand) = try await compare(count) {
        try await numbers.zipWithIndex().map { $0 ^ $1 &+ 1 }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ (opaqueIdentity(i) ^ i &+ 1) }
        return sum
    }
    table.row("zipWithIndex.map.reduce (counts first)", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.scan(0) { $0 &+ mixed($1) }.reduce { $0 ^ $1 }
    } hand: {
        var (sum, result) = (0, 0)
        for i in 0..<end {
            sum = sum &+ mixed(i)
            result ^= sum
        }
        return result
    }
    table.row("scan.reduce (adds everything twice)", engine, hand)

    (engine, hand) = try await compare(count / 10) {
        try await context.range(0, count / 10, partitions: 4).sliding(8).map { $0[0] ^ $0[7] }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end / 10 - 7 {
            let window = Array(i..<i + 8)
            sum = sum &+ (window[0] ^ window[7])
        }
        return sum
    }
    table.row("sliding(8).map.reduce (by hand: an Array each)", engine, hand)
}

/// Lists of inputs: a million tiny ones, and a future for each of a few.
private func futures(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let inputs = Array(0..<count / 20)
    var (engine, hand) = try await compare(inputs.count) {
        try await context.parallelMap(inputs) { mixed($0) }
    } hand: {
        inputs.map { mixed($0) }
    }
    table.row("parallelMap, tiny inputs (by hand: map)", engine, hand)

    (engine, hand) = try await compare(inputs.count) {
        try await context.parallelMap(inputs, seed: 7) { input, generator in input ^ Int(truncatingIfNeeded: generator.next()) }
    } hand: {
        var generator = SeededGenerator(seed: 7)
        return inputs.map { $0 ^ Int(truncatingIfNeeded: generator.next()) }
    }
    table.row("parallelMap with a seed (by hand: one generator)", engine, hand)

    let submitted = try await nanoseconds {
        let futures = (0..<10_000).map { number in context.submit { number } }
        for future in futures { blackHole(try await future.value) }
    }
    table.row("submit and value, 10,000 at once", submitted / 10_000 / 1000, nil, "us/future")

    (engine, hand) = try await compare(count / 10, repetitions: 3) {
        var sum = 0
        for try await number in context.range(0, count / 10, partitions: 4).toLocalIterator() { sum = sum &+ number }
        return sum
    } hand: {
        var sum = 0
        for i in 0..<count / 10 { sum = sum &+ opaqueIdentity(i) }
        return sum
    }
    table.row("toLocalIterator", engine, hand)

    let lines = try await nanoseconds {
        blackHole(try await context.range(0, count / 20, partitions: 2).pipe("cat").count())
    }
    table.row("pipe through cat", lines / Double(count / 20), nil)
}
