import MartletPortable
import Testing

/// Values are equal after encoding and decoding.
@Suite struct RoundTripTests {
    @Test(arguments: shapes) func batchesComeBack(_ shape: Shape) throws {
        for (count, seed) in [(0, 1), (1, 2), (2, 3), (7, 4), (100, 5)] {
            let difference = try shape.roundTrip(count, UInt64(seed))
            #expect(difference == nil)
        }
    }

    @Test func typesInsideOthersComeBack() throws {
        let values: [[String: [(Int?, Multi)]]?] = [nil, [:], ["a": [(nil, .empty), (1, .text("long text, beyond small"))]]]
        let coder = try ValueCoder.of([String: [(Int?, Multi)]]?.self)
        let bytes = try coder.bytes(of: values)
        #expect("\(try coder.values(of: [String: [(Int?, Multi)]]?.self, count: 3, in: bytes))" == "\(values)")
    }

    @Test func inlineArraysComeBack() throws {
        let array: InlineArray<3, String> = ["a", "a text that is not small", "c"]
        let coder = try ValueCoder.of(InlineArray<3, String>.self)
        let decoded = try coder.values(of: InlineArray<3, String>.self, count: 2, in: coder.bytes(of: [array, array]))
        #expect(decoded[1].indices.map { decoded[1][$0] } == array.indices.map { array[$0] })
        #expect(try ValueCoder.of(InlineArray<3, Int>.self).isBitwise)
    }

    @Test func manyValuesComeBack() throws {
        let numbers = Array(0..<1_000_000)
        let coder = try ValueCoder.of([Int].self)
        #expect(try coder.values(of: [Int].self, count: 1, in: coder.bytes(of: [numbers])) == [numbers])
        let texts = numbers.map { "\($0 &* 7919)" }
        let strings = try ValueCoder.of(String.self)
        #expect(try strings.values(of: String.self, count: texts.count, in: strings.bytes(of: texts)) == texts)
    }

    @Test func enumsOfManyCasesComeBack() throws {
        let values = (0..<300).map { Wide.allCases[$0] }
        let coder = try ValueCoder.of(Wide.self)
        let bytes = try coder.bytes(of: values)
        #expect(bytes.count == 300 * 4)
        #expect(try coder.values(of: Wide.self, count: 300, in: bytes) == values)
    }

    @Test func stringsOfAnyStorageComeBack() throws {
        let stored: [String] = [
            "", "small", "fifteen letters", "sixteen letters.", "é", "日本語日本語", "a literal of some length",
            String(repeating: "x", count: 1000), String("a literal of some length".dropFirst(3)), "nul\0in it",
        ]
        // A short string in storage of its own.
        var shrunk = "a literal of some length"
        shrunk.reserveCapacity(100)
        shrunk.removeLast(20)
        let texts = stored + [shrunk]
        let coder = try ValueCoder.of(String.self)
        #expect(try coder.values(of: String.self, count: texts.count, in: coder.bytes(of: texts)) == texts)
    }

    @Test func subclassesAreNotCutToTheirBase() throws {
        let coder = try ValueCoder.of(Base.self)
        #expect(throws: PortableError.self) { try coder.bytes(of: [Derived()]) }
    }

    @Test func nestingHasALimit() throws {
        let chains = try ValueCoder.of(Chain.self)
        let bytes = try chains.bytes(of: [chain(499)])
        #expect("\(try chains.values(of: Chain.self, count: 1, in: bytes))" == "\([chain(499)])")
        let error = #expect(throws: PortableError.self) { try chains.bytes(of: [chain(502)]) }
        #expect(error?.description == "a Chain cannot be encoded: it is nested more than 500 deep")
    }

    @Test func bytesAreAppended() throws {
        let coder = try ValueCoder.of(UInt8.self)
        var bytes: [UInt8] = [9]
        try withUnsafeBytes(of: UInt8(4)) { try coder.encode($0.baseAddress!, count: 1, into: &bytes) }
        #expect(bytes == [9, 4])
    }

    @Test func anotherTypeIsRefused() throws {
        let coder = try ValueCoder.of(Int.self)
        let error = #expect(throws: PortableError.self) { try coder.bytes(of: [1.5]) }
        #expect(error?.description == "a Double cannot be encoded: the coder is that of Int")
    }

    @Test func manyThreadsMayAskForACoder() async throws {
        let coders = try await withThrowingTaskGroup(of: ValueCoder.self) { group in
            for _ in 0..<50 { group.addTask { try ValueCoder.of([Generic<Route, Multi>].self) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(coders.allSatisfy { $0 === coders[0] })
    }
}

class Base: Codable {}
final class Derived: Base {}
