public import MartletCore
public import MartletShuffle

extension RDD {
    /// For each key of either side, the values that each side has for it (Spark's `cogroup` and `groupWith`).
    ///
    ///     let ages = context.parallelize([("ann", 31), ("ann", 7)], partitions: 2)
    ///     let towns = context.parallelize([("ann", "Bonn"), ("eve", "Ulm")], partitions: 2)
    ///     try await ages.cogroup(towns).sortByKey().collect()   // [("ann", ([31, 7], ["Bonn"])), ("eve", ([], ["Ulm"]))]
    ///
    /// Values are in the order of the partitions that they came from. All values of a key are in memory at once; a partition
    /// whose values do not fit is divided on disk.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil takes the partitioner of the largest side that has one, or else hashes.
    @inlinable @inline(__always)
    public func cogroup<Key: Hashable & Sendable, Value: Sendable, Other: Sendable>(
        _ other: RDD<(Key, Other)>,
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, ([Value], [Other]))> where Element == (Key, Value) {
        typealias Groups = ([Value], [Other])
        return context.cogrouped(
            CallSite(file: file, line: line), [keyedInput(), other.keyedInput()], .asked(partitions, partitioner), (Key, Groups).self,
            CogroupProgram.make(Key.self, Groups.self, [
                CogroupProgram.side(Key.self, create: { (value: Value) -> Groups in ([value], []) }) { $0.0.append($1) },
                CogroupProgram.side(Key.self, create: { (value: Other) -> Groups in ([], [value]) }) { $0.1.append($1) },
            ]))
    }

    /// For each key of three RDDs, the values that each of them has for it.
    ///
    ///     let one = context.parallelize([("a", 1)], partitions: 1)
    ///     let two = context.parallelize([("a", 2)], partitions: 1)
    ///     let three = context.parallelize([("a", 3), ("a", 4)], partitions: 1)
    ///     try await one.cogroup(two, three).collect()   // [("a", ([1], [2], [3, 4]))]
    @inlinable @inline(__always)
    public func cogroup<Key: Hashable & Sendable, Value: Sendable, Second: Sendable, Third: Sendable>(
        _ second: RDD<(Key, Second)>, _ third: RDD<(Key, Third)>,
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, ([Value], [Second], [Third]))> where Element == (Key, Value) {
        typealias Groups = ([Value], [Second], [Third])
        return context.cogrouped(
            CallSite(file: file, line: line), [keyedInput(), second.keyedInput(), third.keyedInput()], .asked(partitions, partitioner), (Key, Groups).self,
            CogroupProgram.make(Key.self, Groups.self, [
                CogroupProgram.side(Key.self, create: { (value: Value) -> Groups in ([value], [], []) }) { $0.0.append($1) },
                CogroupProgram.side(Key.self, create: { (value: Second) -> Groups in ([], [value], []) }) { $0.1.append($1) },
                CogroupProgram.side(Key.self, create: { (value: Third) -> Groups in ([], [], [value]) }) { $0.2.append($1) },
            ]))
    }

    /// For each key of four RDDs, the values that each of them has for it.
    ///
    ///     let one = context.parallelize([("a", 1)], partitions: 1)
    ///     let none = context.parallelize([("b", 2)], partitions: 1)
    ///     try await one.cogroup(none, one, none).lookup("a")   // [([1], [], [1], [])]
    @inlinable @inline(__always)
    public func cogroup<Key: Hashable & Sendable, Value: Sendable, Second: Sendable, Third: Sendable, Fourth: Sendable>(
        _ second: RDD<(Key, Second)>, _ third: RDD<(Key, Third)>, _ fourth: RDD<(Key, Fourth)>,
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, ([Value], [Second], [Third], [Fourth]))> where Element == (Key, Value) {
        typealias Groups = ([Value], [Second], [Third], [Fourth])
        return context.cogrouped(
            CallSite(file: file, line: line), [keyedInput(), second.keyedInput(), third.keyedInput(), fourth.keyedInput()], .asked(partitions, partitioner), (Key, Groups).self,
            CogroupProgram.make(Key.self, Groups.self, [
                CogroupProgram.side(Key.self, create: { (value: Value) -> Groups in ([value], [], [], []) }) { $0.0.append($1) },
                CogroupProgram.side(Key.self, create: { (value: Second) -> Groups in ([], [value], [], []) }) { $0.1.append($1) },
                CogroupProgram.side(Key.self, create: { (value: Third) -> Groups in ([], [], [value], []) }) { $0.2.append($1) },
                CogroupProgram.side(Key.self, create: { (value: Fourth) -> Groups in ([], [], [], [value]) }) { $0.3.append($1) },
            ]))
    }
}

extension MartletContext {
    @usableFromInline @inline(never)
    func cogrouped<Key: Hashable & Sendable, Output: Sendable>(
        _ site: CallSite, _ sides: [KeyedInput], _ partitioner: Partitioner<Key>?, _: Output.Type,
        _ program: CogroupProgram
    ) -> RDD<Output> {
        together("cogroup", site, sides, partitioner, Output.self) { inputs in
            try program.group(inputs)
        }
    }
}
