package import MartletPortable

/// A value of which everyone who asks gets a copy of its own, made from its encoding.
package final class ValueTemplate<Value: Sendable>: PortableObject, Sendable {
    private let graph: SelfContainedGraph

    /// - Throws: where the value cannot be encoded, or not be made of its encoding.
    package init(of value: Value) throws(PortableError) {
        graph = try SelfContainedGraph(value)
        _ = try graph.value(of: Value.self)
    }

    package func copy() throws(PortableError) -> Value { try graph.value(of: Value.self) }
}
