import Foundation
import Martlet
import TestSupport
import Testing

/// Keys that are objects: compared by identity, or possibly so.
@Suite struct KeyTypeTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    // MARK: Refused

    /// `Codable`, and compared by identity.
    final class Token: Codable, Hashable, Comparable, Sendable {
        let id: Int
        init(_ id: Int) { self.id = id }
        static func == (left: Token, right: Token) -> Bool { left === right }
        static func < (left: Token, right: Token) -> Bool { left.id < right.id }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    }

    struct Wrapper: Codable, Hashable, Comparable, Sendable {
        var name = "wrapped"
        var token: Token
        static func < (left: Wrapper, right: Wrapper) -> Bool { left.token < right.token }
    }

    enum Choice: Codable, Hashable, Sendable {
        case nothing
        indirect case more(Int, Choice)
        case object(Token)
    }

    /// Compares the objects in it by itself, by identity.
    struct Reference: Codable, Hashable, Sendable {
        final class Node: Codable, Sendable {}
        let node: Node
        static func == (left: Reference, right: Reference) -> Bool { left.node === right.node }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }
    }

    /// Neither can be encoded.
    struct Holder: Hashable, Sendable {
        final class Hidden: Sendable {}
        let hidden: Hidden
        static func == (left: Holder, right: Holder) -> Bool { left.hidden === right.hidden }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(hidden)) }
    }

    /// Every operator and action that compares or hashes keys.
    private func calls<Key: Hashable & Sendable>(_ key: Key) -> [(name: String, () async throws -> Void)] {
        let keys = context.parallelize([key, key], partitions: 2)
        let pairs = keys.map { ($0, 1) }
        return [
            ("reduceByKey", { _ = try await pairs.reduceByKey(+).count() }),
            ("reduceByKey", { _ = try await pairs.reduceByKey(partitioner: .hash(2), +).count() }),
            ("foldByKey", { _ = try await pairs.foldByKey(0, +).count() }),
            ("aggregateByKey", { _ = try await pairs.aggregateByKey(0, +, combine: +).count() }),
            ("aggregateByKey", { _ = try await pairs.aggregateByKey(into: 0) { $0 += $1 } combine: { $0 += $1 }.count() }),
            ("combineByKey", {
                _ = try await pairs.combineByKey(into: { $0 }, mergeValue: { $0 += $1 }, mergeCombined: { $0 += $1 }).count()
            }),
            ("groupByKey", { _ = try await pairs.groupByKey().count() }),
            ("groupByKey", { _ = try await pairs.groupByKey(partitions: 2).count() }),
            ("groupBy", { _ = try await keys.groupBy { $0 }.count() }),
            ("partitionBy", { _ = try await pairs.partitionBy(.hash(2)).count() }),
            ("partitionBy", { _ = try await pairs.partitionBy(.custom(identity: "one", partitionCount: 1) { _ in 0 }).count() }),
            ("join", { _ = try await pairs.join(pairs).count() }),
            ("leftOuterJoin", { _ = try await pairs.leftOuterJoin(pairs).count() }),
            ("rightOuterJoin", { _ = try await pairs.rightOuterJoin(pairs).count() }),
            ("fullOuterJoin", { _ = try await pairs.fullOuterJoin(pairs).count() }),
            ("cogroup", { _ = try await pairs.cogroup(pairs).count() }),
            ("cogroup", { _ = try await pairs.cogroup(pairs, pairs).count() }),
            ("cogroup", { _ = try await pairs.cogroup(pairs, pairs, pairs).count() }),
            ("subtractByKey", { _ = try await pairs.subtractByKey(pairs).count() }),
            ("asOfJoin", { _ = try await pairs.asOfJoin(pairs) { $0 } otherTime: { $0 }.count() }),
            ("distinct", { _ = try await keys.distinct().count() }),
            ("distinct", { _ = try await pairs.distinct().count() }),
            ("intersection", { _ = try await keys.intersection(keys).count() }),
            ("intersection", { _ = try await pairs.intersection(pairs).count() }),
            ("subtract", { _ = try await keys.subtract(keys).count() }),
            ("subtract", { _ = try await pairs.subtract(pairs).count() }),
            ("countByValue", { _ = try await keys.countByValue() }),
            ("countByKey", { _ = try await pairs.countByKey() }),
            ("reduceByKeyLocally", { _ = try await pairs.reduceByKeyLocally(+) }),
            ("collectAsMap", { _ = try await pairs.collectAsMap() }),
            ("lookup", { _ = try await pairs.lookup(key) }),
            ("sampleByKey", { _ = try await pairs.sampleByKey(withReplacement: false, fractions: [key: 1]).count() }),
            ("sampleByKeyExact", {
                _ = try await pairs.sampleByKeyExact(withReplacement: false, fractions: [key: 1]).count()
            }),
            ("countByValueApprox", { _ = try await keys.countByValueApprox(timeout: .zero).finalValue }),
            ("countByKeyApprox", { _ = try await pairs.countByKeyApprox(timeout: .zero).finalValue }),
            ("countApproxDistinct", { _ = try await keys.countApproxDistinct() }),
            ("countApproxDistinct", { _ = try await keys.countApproxDistinct(precision: 9, sparsePrecision: 25) }),
            ("countApproxDistinctByKey", { _ = try await pairs.countApproxDistinctByKey().count() }),
            ("countApproxDistinctByKey", { _ = try await pairs.countApproxDistinctByKey(precision: 9, sparsePrecision: 25).count() }),
            ("countApproxDistinctByKey", { _ = try await pairs.map { ($0.1, $0.0) }.countApproxDistinctByKey().count() }),
            ("topK", { _ = try await keys.topK(1) }),
            ("partition", { _ = try pairs.partition(of: key) }),
            ("frequentItems", { _ = try await keys.frequentItems() }),
        ]
    }

    private func expectRefused<Key: Hashable & Sendable>(
        _ key: Key, _ place: String, _ sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        for (name, call) in calls(key) {
            let error = await failure { try await call() }
            // Where the elements are pairs, so are the keys.
            let isOfPairs = ["distinct", "intersection", "subtract"].contains(name)
            #expect(error is ArgumentError, "\(name): \(error.map { "\($0)" } ?? "no error")", sourceLocation: sourceLocation)
            let text = error.map { "\($0)" } ?? ""
            #expect(text.hasPrefix("\(name) at KeyTypeTests.swift:"), "\(text)", sourceLocation: sourceLocation)
            #expect(text.contains(place) || isOfPairs && text.contains("(Pair<"), "\(text)", sourceLocation: sourceLocation)
            #expect(text.contains("to EngineHashable, with == and engineHash made of its properties"), sourceLocation: sourceLocation)
            #expect(!text.contains("make it Codable"), sourceLocation: sourceLocation)
        }
    }

    @Test func objectsAreRefusedEverywhere() async {
        await expectRefused(Token(1), "keys hold objects of class Token, and nothing says that a copy of one equals it")
        await expectRefused(Wrapper(token: Token(1)), "(Wrapper.token)")
        await expectRefused(Choice.more(1, .object(Token(1))), "(Choice.object)")
        await expectRefused([Token(1)], "(Array<Token>.element)")
        await expectRefused(Token(1) as Token?, "(Optional<Token>.some)")
        await expectRefused(Pair(1, Token(1)), "(Pair<Int, Token>.second)")
        await expectRefused([1: [Token(1)]], "(Dictionary<Int, Array<Token>>.value.element)")
        await expectRefused(Set([Token(1)]), "(Set<Token>.element)")
        await expectRefused(Reference(node: Reference.Node()), "(Reference.node)")
    }

    @Test(.localOnly) func objectsWithoutAnEncodingAreRefusedToo() async {
        await expectRefused(Holder(hidden: Holder.Hidden()), "(Holder.hidden)")
    }

    /// Each public function whose types are hashed is called above, or listed here since it neither compares nor hashes.
    @Test(.localOnly) func noOperatorIsForgotten() throws {
        // They pass keys on, or order them by `<`.
        let harmless: Set = [
            "filterByRange", "flatMapValues", "keyBy", "keys", "mapValues", "values", "sortByKey", "range", "custom", "hash",
        ]
        // `placed` is `partitionBy`.
        let same: Set = ["repartitionAndSortWithinPartitions"]
        let called = Set(calls(1).map(\.name))
        // Operators on elements that are `Hashable` are in extensions with that constraint.
        let inExtensions: Set = [
            "distinct", "intersection", "subtract", "countByValueApprox", "countApproxDistinct", "topK", "frequentItems",
        ]
        #expect(inExtensions.isSubset(of: called))
        let found = Set(try publicFunctions().filter { $0.generics.contains("Hashable") }.map(\.name))
        #expect(found.isSuperset(of: ["reduceByKey", "join", "countByKey"]), "the sources are read")
        #expect(found.subtracting(called).subtracting(harmless).subtracting(same) == [])
    }

    // MARK: Accepted

    final class Named: EngineHashable, Codable, Sendable {
        let name: String
        init(_ name: String) { self.name = name }
        static func == (left: Named, right: Named) -> Bool { left.name == right.name }
        func hash(into hasher: inout Hasher) { hasher.combine(name) }
        var engineHash: UInt64 { stringHash(name) }
    }

    /// Declares its own value.
    struct Boxed: EngineHashable, Codable, Sendable {
        let token: Token
        static func == (left: Boxed, right: Boxed) -> Bool { left.token.id == right.token.id }
        func hash(into hasher: inout Hasher) { hasher.combine(token.id) }
        var engineHash: UInt64 { mixBits(UInt64(token.id)) }
    }

    /// Stores its contents in an object, as collections do, and encodes and compares them.
    struct Text: Hashable, Codable, Sendable {
        final class Storage: Sendable {
            let bytes: [UInt8]
            init(_ bytes: [UInt8]) { self.bytes = bytes }
        }
        private let storage: Storage
        init(_ text: String) { storage = Storage(Array(text.utf8)) }
        init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(String.self)) }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(String(decoding: storage.bytes, as: UTF8.self))
        }
        static func == (left: Text, right: Text) -> Bool { left.storage.bytes == right.storage.bytes }
        func hash(into hasher: inout Hasher) { hasher.combine(storage.bytes) }
    }

    struct Place: Hashable, Sendable {
        var name: String
        var tags: [String]
        var point: SIMD2<Double>
        var kind: Kind?
        enum Kind: Hashable, Sendable { case city, village(Int) }
    }

    /// Rows with equal keys that each task creates anew meet.
    private func expectGrouped<Key: Hashable & Sendable>(
        _ make: @escaping @Sendable (Int) -> Key, _ sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let rdd = context.range(0, 40, partitions: 8).map { (make($0 % 4), $0) }
        let sums = try await rdd.reduceByKey(partitions: 3, +).collect()
        #expect(sums.map(\.1).sorted() == (0..<4).map { rest in (0..<40).filter { $0 % 4 == rest }.reduce(0, +) }, sourceLocation: sourceLocation)
        #expect(try await rdd.join(rdd, partitioner: .hash(2)).count() == 400, sourceLocation: sourceLocation)
        #expect(try await rdd.keys().distinct().count() == 4, sourceLocation: sourceLocation)
        #expect(try await rdd.lookup(make(1)).count == 10, sourceLocation: sourceLocation)
    }

    @Test func valuesAreGrouped() async throws {
        try await expectGrouped { Data("key \($0)".utf8) }
        try await expectGrouped { Data(repeating: UInt8($0), count: 5000) }
        try await expectGrouped { URL(string: "https://example.com/\($0)")! }
        try await expectGrouped { Decimal($0) / 3 }
        try await expectGrouped { Date(timeIntervalSince1970: Double($0)) }
        try await expectGrouped { UUID(uuid: (UInt8($0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)) }
        try await expectGrouped { DateComponents(year: 2000 + $0) }
        try await expectGrouped { IndexPath(indexes: [$0, 1]) }
        try await expectGrouped { IndexSet(integer: $0) }
        try await expectGrouped { "key \($0)" }
        try await expectGrouped { "a long key that has to lie elsewhere \($0)".dropFirst(2) }
        try await expectGrouped { Set([$0, 7]) }
        try await expectGrouped { [$0: ["a", "b"]] }
        try await expectGrouped { 0...$0 }
        try await expectGrouped { Place(name: "p\($0)", tags: ["x"], point: [1, Double($0)], kind: .village($0)) }
        try await expectGrouped { Pair($0 == 0 ? nil : [$0], "b") }
    }

    @Test func objectsWithAValueAreGrouped() async throws {
        try await expectGrouped { Named("name \($0)") }
        try await expectGrouped { [Named("name \($0)")] }
        try await expectGrouped { Pair(Named("name \($0)") as Named?, $0) }
        try await expectGrouped { Boxed(token: Token($0)) }
        try await expectGrouped { Text("text \($0)") }
    }
}
