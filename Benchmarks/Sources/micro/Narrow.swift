import Martlet

/// Operators on one partition at a time, closures without captures.
func narrow(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let numbers = context.range(0, count, partitions: 4)
    let end = opaque(count)

    var (engine, hand) = try await compare(count) { try await numbers.reduce { $0 &+ $1 } } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ opaqueIdentity(i) }
        return sum
    }
    table.row("range.reduce", engine, hand)

    (engine, hand) = try await compare(count) { try await numbers.map { mixed($0) }.reduce { $0 &+ $1 } } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ mixed(i) }
        return sum
    }
    table.row("map.reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.filter { mixed($0) & 1 == 0 }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end where mixed(i) & 1 == 0 { sum = sum &+ i }
        return sum
    }
    table.row("filter.reduce (half kept, at random)", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.map { mixed($0) }.filter { $0 & 3 != 0 }.map { $0 ^ 7 }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end {
            let x = mixed(i)
            if x & 3 != 0 { sum = sum &+ (x ^ 7) }
        }
        return sum
    }
    table.row("map.filter.map.reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.flatMap { CollectionOfOne($0 ^ 1) }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { for x in CollectionOfOne(opaqueIdentity(i) ^ 1) { sum = sum &+ x } }
        return sum
    }
    table.row("flatMap.reduce (one each)", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.mapPartitions { rows in
            var sum = 0
            for x in rows { sum = sum &+ mixed(x) }
            return CollectionOfOne(sum)
        }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ mixed(i) }
        return sum
    }
    table.row("mapPartitions (sum)", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.mapBatches { (batch: Span<Int>, out: inout OutputSpan<Int>) in
            for i in batch.indices { out.append(mixed(batch[i])) }
        }.reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ mixed(i) }
        return sum
    }
    table.row("mapBatches.reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.keyBy { $0 & 15 }.mapValues { $0 ^ 1 }.values().reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for i in 0..<end { sum = sum &+ (opaqueIdentity(i) ^ 1) }
        return sum
    }
    table.row("keyBy.mapValues.values.reduce", engine, hand)

    (engine, hand) = try await compare(count) {
        try await numbers.union(numbers).coalesce(2).reduce { $0 &+ $1 }
    } hand: {
        var sum = 0
        for _ in 0..<2 { for i in 0..<end { sum = sum &+ opaqueIdentity(i) } }
        return sum
    }
    table.row("union.coalesce.reduce (twice the elements)", engine, hand)
}

/// Work that the optimiser cannot fold over a whole range.
@inline(__always)
func mixed(_ x: Int) -> Int { (x &* 6_364_136_223_846_793_005 &+ 1) ^ (x &>> 3) }

/// Keeps a plain sum from becoming a formula.
@inline(__always)
func opaqueIdentity(_ x: Int) -> Int { x ^ (x &>> 62) }

/// Closures that capture: one indirect call for each element.
func captures(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let numbers = context.range(0, count, partitions: 4)
    let (k, end) = (opaque(3), opaque(count))
    let (engine, hand) = try await compare(count) {
        try await numbers.map { mixed($0) &* k }.filter { $0 & k != 0 }.map { $0 ^ k }.reduce { $0 &+ $1 &* k }
    } hand: {
        var sum = 0
        for i in 0..<end {
            let x = mixed(i) &* k
            if x & k != 0 { sum = sum &+ (x ^ k) &* k }
        }
        return sum
    }
    table.row("map.filter.map.reduce, all with captures", engine, hand)
    table.row("  the same for each operator", engine / 4, nil)
}
