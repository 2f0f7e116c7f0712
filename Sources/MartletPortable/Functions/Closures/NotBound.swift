/// Stands for generic parameters that a closure does not bind. A type that contains it has not been found.
struct NotBound {}

/// Generic parameters at four depths, as nested functions and types have them.
enum GenericDepths {
    struct Outer<A, B, C, D, E, F, G, H> {
        struct Second<I, J, K, L, M, N, O, P> {
            struct Third<Q, R, S, T, U, V, W, X> {
                struct Inner<A0, A1, A2, A3, A4, A5, A6, A7> {}
            }
        }
    }

    typealias N = NotBound
    static let innermost: Any.Type =
        Outer<N, N, N, N, N, N, N, N>.Second<N, N, N, N, N, N, N, N>.Third<N, N, N, N, N, N, N, N>
        .Inner<N, N, N, N, N, N, N, N>.self
    static let depthCount = 4
    static let countPerDepth = 8

    /// The index, among all parameters, of the one called `x` (the first of the first depth), `q_` (the second), `q0_`,
    /// `qd__` (the first of the second depth), `qd_0_` (its second), `qd0__` (the first of the third), and so on.
    static func index(of name: String) -> Int? {
        if name == "x" { return 0 }
        guard name.hasPrefix("q"), name.hasSuffix("_") else { return nil }
        // Numbers end with an underscore; an absent number is 0, "0" is 1.
        func number(_ digits: Substring) -> Int? { digits.isEmpty ? 0 : Int(digits).map { $0 + 1 } }
        let parts = name.dropFirst().dropLast().split(separator: "_", omittingEmptySubsequences: false)
        let (depth, index): (Int, Int)
        if parts.count == 1, let number = number(parts[0]) {
            (depth, index) = (0, number + 1)
        } else if parts.count == 2, parts[0].hasPrefix("d"), let outer = number(parts[0].dropFirst()),
            let inner = number(parts[1])
        {
            (depth, index) = (outer + 1, inner)
        } else {
            return nil
        }
        return depth < depthCount && index < countPerDepth ? depth * countPerDepth + index : nil
    }
}
