import MartletCore
import MartletPortable

/// Which executors have which chunks of values. The driver sends each chunk only a few times: the other executors fetch it from
/// each other.
struct ChunkHolderTable: Sendable {
    private var holders: [PortableHash: [Int: [ExecutorID]]] = [:]

    /// How often the driver sends a chunk itself, and to how many holders it points.
    static let (servings, hints) = (2, 3)

    /// Handles an executor's request for a chunk.
    ///
    /// - Parameter isSecondTime: the named holders did not have it: only the driver is left.
    /// - Returns: executors that have it; empty if the driver must send it.
    mutating func ask(
        _ executor: ExecutorID, for chunk: Int, of value: PortableHash, isSecondTime: Bool
    ) -> [ExecutorID] {
        let known = holders[value]?[chunk] ?? []
        if !known.contains(executor) { holders[value, default: [:]][chunk, default: []].append(executor) }
        let others = known.filter { $0 != executor }
        if isSecondTime || others.count < Self.servings { return [] }
        // The first has had it for the longest time; each requester begins with a different holder.
        return (0..<min(Self.hints, others.count)).map { others[(executor.rawValue + $0) % others.count] }
    }

    mutating func forget(_ executor: ExecutorID) {
        for value in holders.keys {
            holders[value] = holders[value]?.mapValues { $0.filter { $0 != executor } }
        }
    }

    /// Forgets a value that was dropped.
    mutating func forget(_ value: PortableHash) { holders[value] = nil }

    var count: Int { holders.count }
}
