// Relies on V3 and V5.

extension ValueCoder {
    /// Values never refer to memory outside of themselves.
    ///
    ///     import MartletPortable
    ///
    ///     try ValueCoder.of((Int, Bool?).self).isFlat   // true
    ///     try ValueCoder.of(String.self).isFlat   // false
    public var isFlat: Bool { node.isFlat }

    /// Bytes of memory that `count` values hold outside of themselves, at the stride of the type from `source` on: the
    /// blocks of strings, arrays, sets, dictionaries and indirect enums, with what malloc adds to each.
    ///
    ///     import MartletPortable
    ///
    ///     func heapBytes<Value>(_ values: [Value]) throws -> Int {
    ///         let coder = try ValueCoder.of(Value.self)
    ///         return values.withUnsafeBytes { coder.heapBytes($0.baseAddress!, count: values.count) }
    ///     }
    ///     try heapBytes([("short", 1)])   // 0
    ///     try heapBytes([(String(repeating: "x", count: 100), 1)])   // 144
    ///
    /// An estimate at low cost:
    /// - memory that several values share is counted for each of them; a `Substring` or `ArraySlice` counts only its own
    ///   part of the string or array;
    /// - strings are assumed to have no spare capacity, and string constants of the binary count nothing;
    /// - of a collection with more than 32 elements, 32 or a sixteenth are visited, one in each stretch of equal length,
    ///   and represent the rest; in nested collections fewer;
    /// - an object counts 64 bytes, whatever it holds; a collection with random access also counts its elements as it
    ///   reports them; values nested deeper than 500 levels count nothing.
    ///
    /// Where n elements represent the rest and none holds more than r times the mean, the estimate is wrong by more than r
    /// × √(11/n) of the whole for fewer than one in a billion patterns: in no pattern is an element more likely to be
    /// visited than its neighbours.
    ///
    /// Nothing is decoded or allocated, and the values are only read.
    ///
    /// - Parameter seed: determines the visited elements. Use another one for each call; otherwise the same places are
    ///   visited in all similar collections.
    /// - Complexity: some ns for a value: a string 1, an array 3, a value in an optional or another enum 20, an entry of a
    ///   set or a dictionary 40. At most 4096 places in the collections of a value are visited; indirect enums are walked
    ///   whole, as when they are encoded.
    public func heapBytes(_ source: UnsafeRawPointer, count: Int, seed: UInt64 = 0) -> Int {
        unsafe look(source, count: count, seed: seed).bytes
    }

    /// - Units: the extra bytes of a value when a collection in it moves to make room for `added` elements more.
    package func growth(_ value: UnsafeRawPointer, adding added: Int) -> Int {
        unsafe Int(min(node.growth(value, adding: added), 0x1p62))
    }

    /// - Units: the cost of visiting a value that holds nothing, roughly in nanoseconds.
    package var lookCost: Int { node.lookCost }

    /// `heapBytes`, with its cost.
    ///
    /// - Parameter budget: how many elements of collections are visited.
    /// - Returns: the bytes, and the cost beyond `lookCost` for each value, roughly in nanoseconds.
    package func look(
        _ source: UnsafeRawPointer, count: Int, seed: UInt64, budget: Int = 4096
    ) -> (bytes: Int, extraCost: Int) {
        if isFlat { return (0, 0) }
        var visit = HeapVisit(seed: seed, budget: budget)
        let bytes = unsafe node.heapBytes(source, stride: node.facts.witnesses.stride, count: count, &visit)
        return (Int(min(bytes, 0x1p62)), visit.cost)
    }
}
