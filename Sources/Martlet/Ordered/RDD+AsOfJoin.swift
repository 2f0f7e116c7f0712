public import MartletCore
public import MartletShuffle

extension RDD {
    /// Each row of a time series with the latest row of another one that has the same key and is not later: the price at
    /// the time of a trade, the last reading before an event.
    ///
    ///     let trades = context.parallelize([("gold", 5), ("gold", 9), ("tin", 7)], partitions: 2)
    ///     let prices = context.parallelize([("gold", (at: 4, price: 1.5)), ("gold", (at: 8, price: 1.6))], partitions: 2)
    ///     let priced = trades.asOfJoin(prices, tolerance: 3) { $0 } otherTime: { $0.at }
    ///     try await priced.lookup("gold").map { $0.1?.price }   // [Optional(1.5), Optional(1.6)]
    ///     try await priced.lookup("tin").map { $0.1?.price }   // [nil]
    ///
    /// Neither side has to be sorted. Of several rows of the other side with the same key and time, the last one counts, in
    /// the order of its partitions. A row whose time is NaN matches no row. Holds a partition of the other side in memory,
    /// or parts of it one after the other; this side is streamed past it.
    ///
    /// - Parameters:
    ///   - time: of a row of this side.
    ///   - otherTime: of a row of the other side.
    ///   - tolerance: how much earlier a match may be, at least 0; nil for any.
    ///   - allowsExactMatches: whether a row of the same time is a match, or only an earlier one.
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil takes the partitioner of the larger side that has one, or else hashes.
    /// - Complexity: O(log of the rows of a key) for each row.
    @inlinable @inline(__always)
    public func asOfJoin<Key: Hashable & Sendable, Value: Sendable, Other: Sendable, Time: Strideable & Sendable>(
        _ other: RDD<(Key, Other)>, tolerance: Time.Stride? = nil, allowsExactMatches: Bool = true,
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        time: @escaping @Sendable (Value) throws -> Time, otherTime: @escaping @Sendable (Other) throws -> Time,
        file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, (Value, Other?))> where Element == (Key, Value), Time.Stride: Sendable {
        context.asOfJoined(
            CallSite(file: file, line: line), [keyedInput(), other.keyedInput()], .asked(partitions, partitioner),
            (Key, (Value, Other?)).self, isToleranceValid: tolerance.map { $0 >= 0 } ?? true,
            AsOfProgram.make(
                Key.self, time: time, otherTime: otherTime, allowsExactMatches: allowsExactMatches,
                isNear: { earlier, now in tolerance.map { earlier.distance(to: now) <= $0 } ?? true }))
    }
}

extension MartletContext {
    @usableFromInline @inline(never)
    func asOfJoined<Key: Hashable & Sendable, Output: Sendable>(
        _ site: CallSite, _ sides: [KeyedInput], _ partitioner: Partitioner<Key>?, _: Output.Type,
        isToleranceValid: Bool, _ program: AsOfProgram
    ) -> RDD<Output> {
        guard isToleranceValid else {
            return broken("asOfJoin", site, Output.self, .problem("the tolerance is not a number from 0 on"))
        }
        return together("asOfJoin", site, sides, partitioner, Output.self) { inputs in
            try program.join(inputs, callSite: site)
        }
    }
}
