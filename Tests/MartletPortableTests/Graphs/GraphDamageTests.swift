import MartletPortable
import Testing

extension StepTests {
    /// Damaged graphs are refused, and the objects made from them are released.
    @Suite struct GraphDamageTests {
        private static func graphs() throws -> [PortableGraph] {
            let number = Step.living * 0 + 3, text = "some text of \(number)", list = [1.5, Double(number)]
            let inner: (Int) -> Int = { $0 + number }
            let error: any Error = Refused()
            let step = NamedStep((number, text), inner)
            return try [
                GraphCoder.encode(inner), GraphCoder.encode({ (x: Int) in text + "\(list)\(inner(x))" }),
                GraphCoder.encode([inner, { $0 }]), GraphCoder.encode(step),
                GraphCoder.encode({ (x: Int) in "\(error)\(step.name)" }), GraphCoder.encode(\TableHandle.number),
            ]
        }

        @Test func everyFlippedBitIsFound() throws {
            for graph in try Self.graphs() {
                for index in graph.bytes.indices {
                    var bytes = graph.bytes
                    bytes[index] ^= 1 << (index & 7)
                    #expect(throws: PortableError.self) { try decodeAny(bytes) }
                }
            }
        }

        @Test func everyBeginningIsRefused() throws {
            for graph in try Self.graphs() {
                for length in graph.bytes.indices {
                    #expect(throws: PortableError.self) { try decodeAny(Array(graph.bytes[..<length])) }
                }
            }
        }

        /// Bytes of the bodies, changed under a correct checksum: references, counts and values, but no addresses.
        @Test func changedBodiesAreValuesOrRefused() throws {
            let text = "text \(Step.living)", parts: [String?] = ["a", nil, text]
            let graph = try GraphCoder.encode([Step(text, { $0 }), Step("b", { $0 })].map { [$0, $0] })
            var refused = 0
            for index in (graph.bytes.count - 60)..<(graph.bytes.count - 8) {
                for change in [1, 2, 0x80, 0xFF] as [UInt8] {
                    var bytes = Array(graph.bytes.dropLast(8))
                    bytes[index] ^= change
                    do {
                        _ = try GraphCoder.decode([[Step]].self, from: sealed(bytes), sharedValues: { _ in [] })
                    } catch {
                        refused += 1
                    }
                }
            }
            #expect(refused > 50 && parts.count == 3)
        }

        private func decodeAny(_ bytes: [UInt8]) throws {
            _ = try GraphCoder.decode(((Int) -> Int).self, from: bytes, sharedValues: { _ in [] })
        }
    }
}
