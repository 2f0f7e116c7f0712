/// Which workers are filled first.
package enum WorkerSelectionPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case coresFreeDescending = "CORES_FREE_DESC"
    case coresFreeAscending = "CORES_FREE_ASC"
    case memoryFreeDescending = "MEMORY_FREE_DESC"
    case memoryFreeAscending = "MEMORY_FREE_ASC"
    case workerID = "WORKER_ID"

    /// The positions of workers, those to be filled first in front; of equal ones, in the order given.
    /// - Parameters:
    ///   - positions: which of the rooms, in an order that is kept where the policy has no other
    ///   - rooms: what each worker has free; they are in the order of their ids
    func sort(_ positions: inout [Int], _ rooms: [WorkerRoom]) {
        // A stable sort: `Array.sort` promises no order of equal elements.
        func sort(by key: (WorkerRoom) -> Int) {
            positions.sort { left, right in
                let (a, b) = (key(rooms[left]), key(rooms[right]))
                return a != b ? a < b : left < right
            }
        }
        switch self {
        case .coresFreeDescending: sort { -$0.free.cores }
        case .coresFreeAscending: sort { $0.free.cores }
        case .memoryFreeDescending: sort { -$0.free.memoryBytes }
        case .memoryFreeAscending: sort { $0.free.memoryBytes }
        case .workerID: positions.sort()
        }
    }
}
