import MartletPortable
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Bytes that are not values are rejected, and no objects are left.
@Suite struct DamageTests {
    private static let rounds = getenv("MARTLET_NIGHTLY") == nil ? 10_000 : 10_000_000

    /// Debug builds of the decoder are slow: shapes share the work among the cores.
    @Test(arguments: shapes) func randomBytesNeverEndTheProcess(_ shape: Shape) throws {
        _ = try shape.fuzz(Self.rounds, 42)
    }

    private func problem<Value>(_ type: Value.Type, _ bytes: [UInt8], count: Int = 1) -> String? {
        #expect(throws: PortableError.self) {
            try ValueCoder.of(type).values(of: type, count: count, in: bytes)
        }?.description
    }

    @Test func rejectionsAreWorded() {
        #expect(problem(Int.self, [1, 2]) == "not a Int: byte 0: 1 values should follow, in 2 bytes")
        #expect(problem((Int8, Bool).self, [1, 2]) == "not a (Int8, Bool): byte 2: 2 is no Bool")
        #expect(problem(String.self, [5, 65]) == "not a String: byte 1: 5 bytes should follow, 1 do")
        #expect(problem(String.self, [2, 0xC3, 0x28]) == "not a String: byte 1: 2 bytes of text are not UTF-8")
        #expect(problem(Character.self, [2, 65, 65]) == "not a Character: byte 0: text that is no Character")
        #expect(problem(Unicode.Scalar.self, [0, 0xD8, 0, 0]) == "not a Scalar: byte 4: 55296 is no scalar")
        #expect(problem(Plain.self, [4]) == "not a Plain: byte 1: case 4 of 4")
        #expect(problem(Bool?.self, [2, 0]) == "not a Optional<Bool>: byte 1: case 2 of 2")
        #expect(problem([Int].self, [9, 0, 0]) == "not a Array<Int>: byte 1: 9 elements should follow, in 2 bytes")
        #expect(problem([Void].self, [9, 0]) == "not a Array<()>: byte 1: 9 elements should follow, in 1 bytes")
        #expect(
            problem([Int].self, [UInt8](repeating: 0xFF, count: 12))
                == "not a Array<Int>: byte 9: a length of more than 63 bits")
        #expect(problem(Set<UInt8>.self, [2, 7, 7]) == "not a Set<UInt8>: byte 3: an element of a set twice")
        #expect(
            problem([UInt8: Bool].self, [2, 7, 7, 2, 0, 1])
                == "not a Dictionary<UInt8, Bool>: byte 6: a key of a dictionary twice")
        #expect(problem([UInt8: Bool].self, [1, 7, 0]) == "not a Dictionary<UInt8, Bool>: byte 3: 1 keys with 0 values")
        #expect(
            problem(Range<Int8>.self, [2, 1])
                == "not a Range<Int8>: byte 2: the bounds of a range are in the wrong order")
        #expect(problem(Never.self, [0])?.hasSuffix("case 0 of 0") == true)
    }

    @Test func nestingOfDamagedBytesHasALimit() {
        let deep = [UInt8](repeating: 1, count: 100_000)
        #expect(problem(Deep.self, deep) == "not a Deep: byte 1503: values nested more than 500 deep")
    }

    /// The decoder fails once at every byte; the objects made by then must be released.
    @Test func nothingIsLeftOfWhatFails() throws {
        try leavesNothing(of: [(Living(1), ["a": Living(2)], Living(3) as Living?)])
        try leavesNothing(of: [[Living(1), Living(2)], [Living(3)]])
        try leavesNothing(of: [Payload.one(Living(1)), .two(Living(2), Living(3)), .zero, .one(Living(4))])
        try leavesNothing(of: [Set([Living(1), Living(2)])])
        try leavesNothing(of: [Held.box(Living(1), .box(Living(2), .none)), .none, .box(Living(3), .none)])
        #expect(Living.count == 0)
    }

    private func leavesNothing<Value>(of values: [Value]) throws {
        let before = Living.count
        let coder = try ValueCoder.of(Value.self)
        let bytes = try coder.bytes(of: values)
        for length in bytes.indices {
            #expect(throws: PortableError.self) {
                try coder.values(of: Value.self, count: values.count, in: Array(bytes[..<length]))
            }
        }
        for index in bytes.indices {
            for byte in [0, 1, 2, 255] as [UInt8] {
                var damaged = bytes
                damaged[index] = byte
                _ = try? coder.values(of: Value.self, count: values.count, in: damaged)
            }
        }
        #expect(Living.count == before)
    }
}

struct Deep { var name: UInt8; var inside: [Deep] }
indirect enum Held { case none, box(Living, Held) }
