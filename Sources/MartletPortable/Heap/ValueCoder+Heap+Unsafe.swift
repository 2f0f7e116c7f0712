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
    /// An estimate, so that it costs little:
    /// - memory that several values share is counted for each of them; of a string or an array, a `Substring` or
    ///   `ArraySlice` counts its own part;
    /// - strings are taken to have no room to grow, and those of the binary take none;
    /// - of a collection with more than 32 elements, 32 or a sixteenth are looked at, one in each stretch of equal length, and
    ///   stand for the others; inside of collections it is fewer;
    /// - an object counts 64 bytes, whatever it holds, or what it says that its elements take if it is a collection with random
    ///   access; and what is nested deeper than 500 levels counts nothing.
    ///
    /// Where n elements stand for others and none holds more than r times the mean, fewer than one in a billion patterns are
    /// misjudged by more than r × √(11/n) of the whole: in no pattern is an element more likely to be seen than its
    /// neighbours.
    ///
    /// Nothing is decoded or allocated, and the values are only read.
    ///
    /// - Parameter seed: says which elements are looked at. Another one for each call, or collections that are alike are all
    ///   looked at in the same places.
    /// - Complexity: some ns for a value: a string 1, an array 3, what is in an optional or another enum 20, an entry of a set
    ///   or a dictionary 40. Collections in a value are looked into at 4096 places at most; indirect enums are walked whole, as
    ///   they are when they are encoded.
    public func heapBytes(_ source: UnsafeRawPointer, count: Int, seed: UInt64 = 0) -> Int {
        unsafe look(source, count: count, seed: seed).bytes
    }

    /// - Units: bytes that a value takes more when a collection in it moves to make room for `added` elements more.
    package func growth(_ value: UnsafeRawPointer, adding added: Int) -> Int {
        unsafe Int(min(node.growth(value, adding: added), 0x1p62))
    }

    /// - Units: what it takes to look at a value that holds nothing, roughly in nanoseconds.
    package var lookCost: Int { node.lookCost }

    /// `heapBytes`, with what it took.
    ///
    /// - Parameter budget: how many elements of collections are looked at.
    /// - Returns: the bytes, and roughly the nanoseconds that it took beside the `lookCost` of each value.
    package func look(
        _ source: UnsafeRawPointer, count: Int, seed: UInt64, budget: Int = 4096
    ) -> (bytes: Int, extraCost: Int) {
        if isFlat { return (0, 0) }
        var visit = HeapVisit(seed: seed, budget: budget)
        let bytes = unsafe node.heapBytes(source, stride: node.facts.witnesses.stride, count: count, &visit)
        return (Int(min(bytes, 0x1p62)), visit.cost)
    }
}
