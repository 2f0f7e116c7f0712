import MartletPortable
import Testing

/// The bytes are the same in every process of the same binary: they and the hashes are compared with recorded ones.
@Suite struct LayoutTests {
    private func hex<Value>(_ values: [Value]) throws -> String {
        let digits = Array("0123456789abcdef")
        return String(
            try ValueCoder.of(Value.self).bytes(of: values).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    @Test func bytesAreAsWrittenDown() throws {
        #expect(try hex([(1, 0.5)] as [(Int64, Double)]) == "0100000000000000000000000000e03f")
        #expect(try hex([("a", 1), ("bc", 2)] as [(String, Int16)]) == "016102626301000200")
        let gaps = try hex([Gaps(a: 1, b: 2, c: 3, d: 4), Gaps(a: 5, b: 6, c: 7, d: 8)])
        #expect(gaps == "0105" + "0200000000000000030004" + "0600000000000000070008")
        #expect(try hex([1, nil, 3] as [UInt8?]) == "0001000103")
        #expect(try hex([Multi.flag(true), .empty, .number(1), .text("z")]) == "04050001" + "0100000000000000" + "017a" + "01")
        #expect(try hex([[1, 2], []] as [[UInt16]]) == "020100020000")
        #expect(try hex([["k": "v"]]) == "01016b010176")
        #expect(try hex([Tree.node(.leaf(1), "s", .leaf(2))]) == "01" + "00" + "0100000000000000" + "0173" + "00" + "0200000000000000")
        #expect(try hex([[(), ()]]) == "020000")
        #expect(try hex([String(repeating: "x", count: 200)]).hasPrefix("c80178"))
    }

    @Test func onlyPlainBitsAreBitwise() throws {
        for type in [Int.self, (Int64, Double).self, UInt128.self, SIMD4<Float>.self, Pixel.self] as [Any.Type] {
            #expect(try ValueCoder.of(type).isBitwise, "\(type)")
        }
        for type in [Bool.self, (Int64, Int32).self, Gaps.self, Int?.self, String.self, Void.self, Plain.self] as [Any.Type] {
            #expect(try !ValueCoder.of(type).isBitwise, "\(type)")
        }
    }

    private struct Secret { var name: String; var parts: [Part]; private var left: Int? }
    private enum Part { case none, some(Float), more([Part]) }
    private final class Owner: Codable {}

    @Test func hashesAreThoseOfEveryProcess() throws {
        let hash = try ValueCoder.of((Secret, Owner).self).layoutHash
        #expect(hash == 16_119_772_850_767_189_306)
    }

    @Test func hashesTellStructuresApart() throws {
        let types: [Any.Type] = [
            Int.self, UInt.self, Double.self, (Int, Int).self, (a: Int, b: Int).self, [Int].self, Set<Int>.self, Int?.self,
            [Int: Int].self, Pixel.self, Gaps.self, Plain.self, Multi.self, Tree.self, Branch.self, Model.self, Living.self,
        ]
        let hashes = try types.map { try ValueCoder.of($0).layoutHash }
        #expect(Set(hashes).count == types.count)
    }

    struct Pixel { var (x, y): (Int32, Int32); fileprivate var colour: UInt64 }
}
