import MartletBlocks
import MartletCore
import MartletNetwork
import MartletPortable
import MartletTasks
import Synchronization

/// The cached partitions of the other executors, as the driver knows them.
final class RemoteBlockReader: RemoteBlocks {
    private let executor: ExecutorID
    private let clients: ExecutorClients
    private let handles: SharedVariables
    /// Asks the driver and waits for the answer.
    private let askDriver: @Sendable (BlockRequest) throws -> [UInt8]
    /// Executors that failed to deliver a partition, by RDD and partition.
    private let avoided = Mutex<[RDDID: [Int: Set<ExecutorID>]]>([:])

    init(
        _ executor: ExecutorID, _ clients: ExecutorClients, _ handles: SharedVariables,
        askDriver: @escaping @Sendable (BlockRequest) throws -> [UInt8]
    ) {
        self.executor = executor
        self.clients = clients
        self.handles = handles
        self.askDriver = askDriver
    }

    func open(_ id: BlockID) -> RemoteBlock? {
        guard let answer = try? askDriver(.block(id)), let holders = try? BlockHolders(decoding: answer) else { return nil }
        let useless = avoided.withLock { $0[id.rdd]?[id.partition] ?? [] }
        let usable = holders.executors.filter { $0 != executor && !useless.contains($0) }
        for place in usable.indices {
            // Each executor begins with a different holder.
            let holder = usable[(place + executor.rawValue) % usable.count]
            do throws(FetchFailure) {
                return RemoteBlock(id, at: holder, try clients.open(id, at: holder))
            } catch {
                // Without a descriptor, the holder still has the partition, and may send it to another task.
                if error.cause != .openFiles { avoid(holder, for: id) }
            }
        }
        return nil
    }

    func avoid(_ executor: ExecutorID, for id: BlockID) {
        avoided.withLock { _ = $0[id.rdd, default: [:]][id.partition, default: []].insert(executor) }
    }

    func forget(_ rdd: RDDID) { avoided.withLock { $0[rdd] = nil } }

    func copy(_ partition: CopiedPartition) -> [CopyUpdate] {
        guard partition.element.encodingProblem == nil,
            let element = try? GraphCoder.encode(partition.element, in: handles.session), element.sharedValues.isEmpty
        else { return [] }
        let request = BlockRequest.copy(partition.id, partition.level, element: element.bytes, from: executor)
        var updates: [CopyUpdate] = []
        var missing = partition.level.replication - 1
        for peer in clients.others(after: executor) where missing > 0 {
            guard let answer = try? clients.ask(peer, request), let receipt = try? CopyReceipt(decoding: answer) else { continue }
            if receipt.kept != nil { missing -= 1 }
            updates += receipt.updates.map { CopyUpdate(executor: peer, update: $0) }
        }
        return updates
    }
}

/// The executors that cache a partition.
struct BlockHolders: Sendable {
    let executors: [ExecutorID]

    private static let coder = WireCoder<BlockHolders>()

    var encoded: [UInt8] { Self.coder.encode(self) }

    init(executors: [ExecutorID]) { self.executors = executors }

    init(decoding bytes: [UInt8]) throws(PortableError) { self = try Self.coder.decode(bytes).message }
}

/// The outcome of a copy.
struct CopyReceipt: Sendable {
    /// The copy; nil if there was no room.
    let kept: BlockUpdate?
    /// Partitions that were evicted to make room.
    let others: [BlockUpdate]

    private static let coder = WireCoder<CopyReceipt>()

    var encoded: [UInt8] { Self.coder.encode(self) }

    init(kept: BlockUpdate?, others: [BlockUpdate]) { (self.kept, self.others) = (kept, others) }

    init(decoding bytes: [UInt8]) throws(PortableError) { self = try Self.coder.decode(bytes).message }

    /// In the order in which they happened.
    var updates: [BlockUpdate] { others + (kept.map { [$0] } ?? []) }
}
