package import MartletPortable
import MartletTasks

/// A graph with its large parts: for results that need one (with errors or other existentials in them), and for templates.
package struct SelfContainedGraph: Sendable {
    private let bytes: [UInt8]
    private let parts: [Part]

    private struct Part: Sendable {
        let high, low: UInt64
        let bytes: [UInt8]
    }

    private static let coder = Result { () throws(PortableError) in try ValueCoder.of(SelfContainedGraph.self) }

    package init<Value>(_ value: Value) throws(PortableError) {
        let graph = try GraphCoder.encode(value)
        bytes = graph.bytes
        parts = graph.sharedValues.map { Part(high: $0.hash.high, low: $0.hash.low, bytes: $0.bytes) }
    }

    package func encoded() throws(PortableError) -> [UInt8] { try Self.coder.get().bytes(of: [self]) }

    package init(decoding bytes: [UInt8]) throws(PortableError) {
        self = try Self.coder.get().values(of: SelfContainedGraph.self, count: 1, in: bytes)[0]
    }

    package func value<Value>(of type: Value.Type) throws(PortableError) -> Value {
        try GraphCoder.decode(
            type, from: bytes,
            sharedValues: { hash in
                guard let part = parts.first(where: { $0.high == hash.high && $0.low == hash.low }) else {
                    throw LostSharedValue(id: hash)
                }
                return part.bytes
            })
    }
}
