import MartletBlocks
public import MartletCore
public import MartletShuffle
import MartletTasks

extension RDD {
    /// `reduceByKey` into a dictionary, without a shuffle: each partition is combined, and the caller combines the results.
    ///
    ///     let scores = context.parallelize([("a", 1), ("b", 5), ("a", 4)], partitions: 2)
    ///     try await scores.reduceByKeyLocally(+)["a"]   // Optional(5)
    @inlinable @inline(__always)
    public func reduceByKeyLocally<Key: Hashable & Sendable, Value: Sendable>(
        _ combine: @escaping @Sendable (Value, Value) throws -> Value, file: String = #fileID, line: Int = #line
    ) async throws -> [Key: Value] where Element == (Key, Value) {
        try await combinedLocally(
            "reduceByKeyLocally", CallSite(file: file, line: line),
            CombineProgram.make(
                Key.self, create: { (value: Value) in value },
                mergeValue: { $0 = try combine($0, $1) }, mergeCombined: { $0 = try combine($0, $1) }),
            combine)
    }

    /// How many rows each key has.
    ///
    ///     let pets = context.parallelize([("cat", 3), ("dog", 1), ("cat", 2)], partitions: 2)
    ///     try await pets.countByKey()["cat"]   // Optional(2)
    ///
    /// All keys must fit into memory; for many, use `mapValues { _ in 1 }.reduceByKey(+)`.
    @inlinable @inline(__always)
    public func countByKey<Key: Hashable & Sendable, Value: Sendable>(
        file: String = #fileID, line: Int = #line
    ) async throws -> [Key: Int] where Element == (Key, Value) {
        try await combinedLocally(
            "countByKey", CallSite(file: file, line: line),
            CombineProgram.make(
                Key.self, create: { (_: Value) in 1 }, mergeValue: { count, _ in count += 1 },
                mergeCombined: { $0 += $1 }),
            { $0 + $1 })
    }

    /// How often each element occurs.
    ///
    ///     let words = context.parallelize(["to", "be", "or", "not", "to", "be"], partitions: 2)
    ///     try await words.countByValue()["be"]   // Optional(2)
    ///
    /// All different elements must fit into memory; for many, use `map { ($0, 1) }.reduceByKey(+)`.
    @inlinable @inline(__always)
    public func countByValue(
        file: String = #fileID, line: Int = #line
    ) async throws -> [Element: Int] where Element: Hashable {
        let site = CallSite(file: file, line: line)
        return try await present("countByValue", site).combinedLocally(
            "countByValue", site,
            CombineProgram.make(
                Element.self, create: { (_: Present) in 1 }, mergeValue: { count, _ in count += 1 },
                mergeCombined: { $0 += $1 }),
            { $0 + $1 })
    }

    /// The pairs as a dictionary; of several values of a key, the last one in the order of the partitions.
    ///
    ///     let ages = context.parallelize([("ann", 31), ("bob", 29), ("ann", 32)], partitions: 2)
    ///     try await ages.collectAsMap()["ann"]   // Optional(32)
    @inlinable
    public func collectAsMap<Key: Hashable & Sendable, Value: Sendable>(
        file: String = #fileID, line: Int = #line
    ) async throws -> [Key: Value] where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        try checkKeys(Key.self, "collectAsMap", site)
        let parts = try await foldPartitions("collectAsMap", site, from: [Element](), Self.appendKernel())
        var map: [Key: Value] = [:]
        for part in parts {
            for (key, value) in part { map[key] = value }
        }
        return map
    }

    /// Combines each partition in a table, and the tables' rows in a dictionary, in the order of the partitions.
    @usableFromInline @inline(never)
    func combinedLocally<Key: Hashable & Sendable, Combined: Sendable>(
        _ operation: String, _ site: CallSite, _ program: CombineProgram,
        _ merge: (Combined, Combined) throws -> Combined
    ) async throws -> [Key: Combined] {
        try checkKeys(Key.self, operation, site)
        let append = RDD<(Key, Combined)>.appendKernel()
        let parts = try await run(operation, site) { source, task in
            var rows: [(Key, Combined)] = []
            let combined = try program.combineRows(
                source, operation: operation, batchBytes: task.environment.batchBytes, memory: task.memory)
            try combined.forEachBatch { batch in try append(batch, &rows) }
            return rows
        }
        var map: [Key: Combined] = [:]
        do {
            for part in parts {
                for (key, value) in part { map[key] = try map[key].map { try merge($0, value) } ?? value }
            }
        } catch {
            throw error.located(operation: operation, callSite: site)
        }
        return map
    }
}
