extension RDD {
    /// The same pairs without the names `key` and `value`, which the elements of dictionaries have: operators on pairs need
    /// unnamed ones.
    ///
    ///     let words = context.parallelize(["to", "be", "or", "not", "to", "be"], partitions: 2)
    ///     let counts = words.mapPartitions { words in
    ///         var counts: [String: Int] = [:]
    ///         for word in words { counts[word, default: 0] += 1 }
    ///         return counts
    ///     }
    ///     try await counts.unlabelled().reduceByKey(+).lookup("be")   // [2]
    ///
    /// Costs nothing: both kinds of tuples lie in memory alike. For pairs with other names, use `map { ($0.word, $0.count) }`.
    public func unlabelled<Key, Value>() -> RDD<(Key, Value)> where Element == (key: Key, value: Value) {
        RDD<(Key, Value)>(context, lineage)
    }
}
