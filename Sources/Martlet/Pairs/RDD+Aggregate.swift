public import MartletCore
public import MartletShuffle

extension RDD {
    /// Folds the values of each key into a value of another type, starting from `zero`.
    ///
    ///     let scores = context.parallelize([("a", 1.0), ("b", 5), ("a", 4)], partitions: 2)
    ///     let totals = scores.aggregateByKey((sum: 0.0, count: 0)) { ($0.sum + $1, $0.count + 1) }
    ///         combine: { ($0.sum + $1.sum, $0.count + $1.count) }
    ///     try await totals.mapValues { $0.sum / Double($0.count) }.sortByKey().collect()   // [("a", 2.5), ("b", 5.0)]
    ///     let texts = context.parallelize([(1, "a"), (2, "b"), (1, "c")], partitions: 2)
    ///         .aggregateByKey("", partitioner: .range(bounds: [1]), +, combine: +)
    ///     try await texts.collectPartitions()   // [[(1, "ac")], [(2, "b")]]
    ///
    /// `zero` may be used several times for a key: combining with it must change nothing. A `zero` that holds mutable objects
    /// is copied each time by its encoding, as by `aggregate`, or refused with `ArgumentError`.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func aggregateByKey<Key: Hashable & Sendable, Value: Sendable, Result: Sendable>(
        _ zero: Result, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        _ add: @escaping @Sendable (Result, Value) throws -> Result,
        combine: @escaping @Sendable (Result, Result) throws -> Result, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Result)> where Element == (Key, Value) {
        self.combine(
            "aggregateByKey", CallSite(file: file, line: line), .asked(partitions, partitioner), startingFrom: zero
        ) { start in
            CombineProgram.make(
                Key.self, create: { (value: Value) in try add(start.make(), value) },
                mergeValue: { $0 = try add($0, $1) }, mergeCombined: { $0 = try combine($0, $1) })
        }
    }

    /// `aggregateByKey` that changes its results in place: for large results, such as arrays.
    ///
    ///     let rolls = context.parallelize([("red", 6), ("blue", 1), ("red", 1)], partitions: 2)
    ///     let histograms = rolls.aggregateByKey(into: Array(repeating: 0, count: 7)) { $0[$1] += 1 }
    ///         combine: { for side in $0.indices { $0[side] += $1[side] } }
    ///     try await histograms.lookup("red")   // [[0, 1, 0, 0, 0, 0, 1]]
    ///
    /// A `Result` that a function returns replaces the old one: see `aggregate(into:)`.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func aggregateByKey<Key: Hashable & Sendable, Value: Sendable, Result: Sendable, Added, Combined>(
        into zero: Result, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        _ add: @escaping @Sendable (inout Result, Value) throws -> Added,
        combine: @escaping @Sendable (inout Result, Result) throws -> Combined,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Result)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        if let unused = unusedResult(Added.self, Combined.self, of: Result.self, "aggregateByKey", site) {
            return broken("aggregateByKey", site, unused)
        }
        return self.combine("aggregateByKey", site, .asked(partitions, partitioner), startingFrom: zero) { start in
            CombineProgram.make(
                Key.self,
                create: { (value: Value) in
                    var result = try start.make()
                    try change(&result, value, by: add)
                    return result
                },
                mergeValue: { try change(&$0, $1, by: add) }, mergeCombined: { try change(&$0, $1, by: combine) })
        }
    }

    /// Folds the values of each key, starting from `zero`, with a function that is associative and for which `zero` changes
    /// nothing.
    ///
    ///     let scores = context.parallelize([("a", 2), ("b", 5), ("a", 4)], partitions: 2)
    ///     try await scores.foldByKey(1, *).sortByKey().collect()   // [("a", 8), ("b", 5)]
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func foldByKey<Key: Hashable & Sendable, Value: Sendable>(
        _ zero: Value, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        _ combine: @escaping @Sendable (Value, Value) throws -> Value, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        self.combine(
            "foldByKey", CallSite(file: file, line: line), .asked(partitions, partitioner), startingFrom: zero
        ) { start in
            CombineProgram.make(
                Key.self, create: { (value: Value) in try combine(start.make(), value) },
                mergeValue: { $0 = try combine($0, $1) }, mergeCombined: { $0 = try combine($0, $1) })
        }
    }

    /// `foldByKey` that changes its results in place.
    ///
    ///     let tags = context.parallelize([("a", ["x"]), ("b", ["y"]), ("a", ["z"])], partitions: 2)
    ///     try await tags.foldByKey(into: []) { $0 += $1 }.lookup("a")   // [["x", "z"]]
    ///
    /// A value that a function returns replaces the old one: see `aggregate(into:)`.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func foldByKey<Key: Hashable & Sendable, Value: Sendable, Combined>(
        into zero: Value, partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        _ combine: @escaping @Sendable (inout Value, Value) throws -> Combined, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        if let unused = unusedResult(Combined.self, Combined.self, of: Value.self, "foldByKey", site) {
            return broken("foldByKey", site, unused)
        }
        return self.combine("foldByKey", site, .asked(partitions, partitioner), startingFrom: zero) { start in
            CombineProgram.make(
                Key.self,
                create: { (value: Value) in
                    var result = try start.make()
                    try change(&result, value, by: combine)
                    return result
                },
                mergeValue: { try change(&$0, $1, by: combine) }, mergeCombined: { try change(&$0, $1, by: combine) })
        }
    }

    /// Combines the values of each key with an associative function.
    ///
    ///     let words = context.parallelize(["to", "be", "or", "not", "to", "be"], partitions: 2)
    ///     try await words.map { ($0, 1) }.reduceByKey(+).lookup("be")   // [2]
    ///     let scores = context.parallelize([(1, 2), (2, 5), (1, 4)], partitions: 2)
    ///     try await scores.reduceByKey(partitioner: .range(bounds: [1]), +).collectPartitions()   // [[(1, 6)], [(2, 5)]]
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func reduceByKey<Key: Hashable & Sendable, Value: Sendable>(
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        _ combine: @escaping @Sendable (Value, Value) throws -> Value, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        self.combine(
            "reduceByKey", CallSite(file: file, line: line), .asked(partitions, partitioner),
            CombineProgram.make(
                Key.self, create: { (value: Value) in value },
                mergeValue: { $0 = try combine($0, $1) }, mergeCombined: { $0 = try combine($0, $1) }))
    }
}
