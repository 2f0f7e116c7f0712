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
    /// - of a collection with more than 32 elements, some are looked at, no more than 32 of them, and stand for the others;
    ///   inside of collections it is fewer;
    /// - an object counts 64 bytes, whatever it holds, and what is nested deeper than 500 levels counts nothing.
    ///
    /// Nothing is decoded or allocated, and the values are only read.
    /// - Complexity: some ns for a value: a string 1, an array 3, what is in an optional or another enum 20, an entry of a set
    ///   or a dictionary 40. Collections in collections are looked into at 512 places at most; indirect enums are walked
    ///   whole, as they are when they are encoded.
    public func heapBytes(_ source: UnsafeRawPointer, count: Int) -> Int {
        if isFlat { return 0 }
        var visit = HeapVisit()
        let bytes = unsafe node.heapBytes(source, stride: node.facts.witnesses.stride, count: count, &visit)
        return Int(min(bytes, 0x1p62))
    }
}
