/// Two values as one key, since tuples cannot be keys in Swift.
///
///     let visits = context.parallelize([("fr", 2023), ("de", 2024), ("fr", 2023)], partitions: 2)
///     let counts = visits.map { (Pair($0.0, $0.1), 1) }.reduceByKey(+).sortByKey()
///     try await counts.map { "\($0.0.first) \($0.0.second): \($0.1)" }.collect()   // ["de 2024: 1", "fr 2023: 2"]
@frozen
public struct Pair<First, Second> {
    /// The first part, which orders first.
    public var first: First
    /// The second part.
    public var second: Second

    @inlinable
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
}

extension Pair: Equatable where First: Equatable, Second: Equatable {}
extension Pair: Hashable where First: Hashable, Second: Hashable {}
extension Pair: Sendable where First: Sendable, Second: Sendable {}
extension Pair: BitwiseCopyable where First: BitwiseCopyable, Second: BitwiseCopyable {}
extension Pair: Encodable where First: Encodable, Second: Encodable {}
extension Pair: Decodable where First: Decodable, Second: Decodable {}

extension Pair: Comparable where First: Comparable, Second: Comparable {
    /// By the first value, then by the second. NaN is after all numbers in either place.
    @inlinable
    public static func < (left: Pair, right: Pair) -> Bool {
        let order = TotalOrder<First>()
        if order.precedes(left.first, right.first) { return true }
        if order.precedes(right.first, left.first) { return false }
        return TotalOrder().precedes(left.second, right.second)
    }
}

extension Pair: TotallyOrdered where First: Comparable, Second: Comparable {}

extension Pair: CompoundKey where First: Hashable, Second: Hashable {
    static var partsAreSameEverywhere: Bool {
        KeyHasher<First>.isSameEverywhere && KeyHasher<Second>.isSameEverywhere
    }
}

extension Optional: CompoundKey where Wrapped: Hashable {
    static var partsAreSameEverywhere: Bool { KeyHasher<Wrapped>.isSameEverywhere }
}

extension Array: CompoundKey where Element: Hashable {
    static var partsAreSameEverywhere: Bool { KeyHasher<Element>.isSameEverywhere }
}

extension Pair: EngineHashable where First: Hashable, Second: Hashable {
    @inlinable
    public var engineHash: UInt64 {
        combineHashes(KeyHasher<First>().hash(first), KeyHasher<Second>().hash(second))
    }
}

extension Optional: EngineHashable where Wrapped: Hashable {
    @inlinable
    public var engineHash: UInt64 { map { mixBits(KeyHasher<Wrapped>().hash($0)) } ?? 0x6D61_7274_6C65_7421 }
}

extension Array: EngineHashable where Element: Hashable {
    @inlinable
    public var engineHash: UInt64 {
        let hasher = KeyHasher<Element>()
        return reduce(UInt64(count)) { combineHashes($0, hasher.hash($1)) }
    }
}

extension Bool: EngineHashable {
    public var engineHash: UInt64 { mixBits(self ? 1 : 0) }
}

extension Float: EngineHashable {
    public var engineHash: UInt64 { doubleHash(Double(self)) }
}

extension Int16: EngineHashable {
    public var engineHash: UInt64 { mixBits(UInt64(UInt16(bitPattern: self))) }
}

extension Int8: EngineHashable {
    public var engineHash: UInt64 { mixBits(UInt64(UInt8(bitPattern: self))) }
}

extension Character: EngineHashable {
    public var engineHash: UInt64 { stringHash(String(self)) }
}
