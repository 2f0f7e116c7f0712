package import MartletPortable

/// A value that gives each caller its own copy, decoded from its encoding.
package final class ValueTemplate<Value: Sendable>: PortableObject, Sendable {
    private let graph: SelfContainedGraph

    /// - Throws: if the value cannot be encoded, or its encoding cannot be decoded.
    package init(of value: Value) throws(PortableError) {
        graph = try SelfContainedGraph(value)
        _ = try graph.value(of: Value.self)
    }

    package func copy() throws(PortableError) -> Value { try graph.value(of: Value.self) }
}
