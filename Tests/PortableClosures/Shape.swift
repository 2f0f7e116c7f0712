import MartletPortable

/// What refuses captures of types that the optimiser left without metadata; nil in debug builds, where it leaves none out.
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
    /// nil if it works; otherwise what refuses it.
    let refusal: String?
    let encode: () throws -> PortableGraph
    /// Looks for handles in it, of which there are none.
    let search: () throws -> Void
    /// Calls the closure made here.
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
            return try call(GraphCoder.decode(Function.self, from: bytes, blobs: { parts[$0]! }))
        }
    }
}

extension Shape {
    /// Of a function from number to number.
    static func number(_ name: String, refused: String? = nil, _ function: @escaping (Int) -> Int) -> Shape {
        Shape(name, refused: refused, function) { "\($0(3))" }
    }

    /// Of a function from number to text.
    static func text(_ name: String, refused: String? = nil, _ function: @escaping (Int) -> String) -> Shape {
        Shape(name, refused: refused, function) { $0(3) }
    }
}
