import MartletCore
import MartletPortable

/// Which executors have got which pieces of values from the driver, which sends each piece a few times only: the rest get it
/// from each other.
struct ChunkHolderTable: Sendable {
    private var holders: [PortableHash: [Int: [ExecutorID]]] = [:]

    /// How often the driver sends a piece itself, and to how many holders it points.
    static let (servings, hints) = (2, 3)

    /// Somebody asks for a piece.
    ///
    /// - Parameter isSecondTime: holders did not have it: only the driver is left.
    /// - Returns: who has it; empty if the driver is to send it.
    mutating func ask(
        _ executor: ExecutorID, for piece: Int, of blob: PortableHash, isSecondTime: Bool
    ) -> [ExecutorID] {
        let known = holders[blob]?[piece] ?? []
        if !known.contains(executor) { holders[blob, default: [:]][piece, default: []].append(executor) }
        let others = known.filter { $0 != executor }
        if isSecondTime || others.count < Self.servings { return [] }
        // The first had it for the longest time; each who asks begins elsewhere.
        return (0..<min(Self.hints, others.count)).map { others[(executor.rawValue + $0) % others.count] }
    }

    mutating func forget(_ executor: ExecutorID) {
        for blob in holders.keys {
            holders[blob] = holders[blob]?.mapValues { $0.filter { $0 != executor } }
        }
    }

    /// A value has gone.
    mutating func forget(_ blob: PortableHash) { holders[blob] = nil }

    var count: Int { holders.count }
}
