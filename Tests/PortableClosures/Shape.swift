import MartletPortable

/// The expected refusal of captures whose types the optimiser leaves without metadata; nil in debug builds, which keep all
/// metadata.
func leftOut(_ name: String) -> String? {
    #if DEBUG
    nil
    #else
    "capture 0: the optimiser has left out the description of \(name): declare it public, or capture its parts"
    #endif
}

/// A closure that is made in one process and called in another.
struct Shape {
    let name: String
    /// nil if the closure can travel; otherwise the refusal.
    let refusal: String?
    let encode: () throws -> PortableGraph
    /// Searches it for handles, of which it has none.
    let search: () throws -> Void
    /// Calls the closure of this process.
    let callHere: () -> String
    /// Decodes a closure and calls it.
    let callThere: (_ bytes: [UInt8], _ parts: [[UInt8]]) throws -> String

    init<Function>(
        _ name: String, refused refusal: String? = nil, _ function: Function, _ call: @escaping (Function) -> String
    ) {
        self.name = name
        self.refusal = refusal
        encode = { try GraphCoder.encode(function) }
        search = { try HandleSearch.check(function) }
        callHere = { call(function) }
        callThere = { bytes, parts in
            let parts = Dictionary(
                parts.map { part in (part.withUnsafeBytes { PortableHash(of: $0) }, part) }, uniquingKeysWith: { $1 })
            return try call(GraphCoder.decode(Function.self, from: bytes, sharedValues: { parts[$0]! }))
        }
    }
}

extension Shape {
    /// For a function from number to number.
    static func number(_ name: String, refused: String? = nil, _ function: @escaping (Int) -> Int) -> Shape {
        Shape(name, refused: refused, function) { "\($0(3))" }
    }

    /// For a function from number to text.
    static func text(_ name: String, refused: String? = nil, _ function: @escaping (Int) -> String) -> Shape {
        Shape(name, refused: refused, function) { $0(3) }
    }
}
