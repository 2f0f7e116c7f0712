import MartletCore
import MartletPlan
import MartletScheduler

/// A message and what travels beside it.
struct Letter<Message: Sendable>: Sendable {
    let message: Message
    var rows: [Row]?
}

/// The ends of the link between driver and executor.
typealias DriverLink = ReliableLink<Letter<DriverMessage>, Letter<ExecutorMessage>>
typealias ExecutorLink = ReliableLink<Letter<ExecutorMessage>, Letter<DriverMessage>>

/// An executor's process: the machine that decides, its end of the link, its files and its kept partitions.
final class SimulatedExecutor {
    /// A map output.
    struct File {
        let shuffle: ShuffleID
        let buckets: [[Row]]
        var isDamaged = false
    }

    /// The map outputs of a shuffle, as the driver told.
    struct Places {
        let mapCount: Int
        var locations: [Int: MapOutputLocation] = [:]
    }

    let address: ExecutorAddress
    let incarnation: UInt64
    var core: ExecutorCore

    /// Nil until the driver has answered.
    var link: ExecutorLink?

    var programs: Set<ProgramKey> = []
    var places: [ShuffleID: Places] = [:]
    var files: [String: File] = [:]
    var blocks: [BlockID: [Row]] = [:]
    var damagedBlocks: Set<BlockID> = []
    var droppedBlocks: [BlockID] = []

    /// What runs, and whether it shall stop.
    var running: [TaskID: (launch: TaskLaunch, isCancelled: Bool)] = [:]

    /// What goes on though it was cancelled.
    var stuck: Set<TaskID> = []

    var isAlive = true

    /// The program it runs.
    var image = ""

    /// The connection that it opened last, whether the driver has accepted it, and whether the driver has sent anything since.
    var connection = 0
    var (isConnected, hasHeard) = (false, false)

    /// Until when it does nothing, as a process that was stopped.
    var frozenUntil = Instant.zero

    init(_ address: ExecutorAddress, incarnation: UInt64, slots: Int) {
        self.address = address
        self.incarnation = incarnation
        core = ExecutorCore(
            id: address.id, slots: slots, heartbeatInterval: .milliseconds(50), stopPatience: .milliseconds(100))
    }

    /// Whether it has forgotten everything that jobs left behind.
    var isEmpty: Bool {
        core.isIdle && core.knownShuffleCount == 0 && files.isEmpty && blocks.isEmpty && programs.isEmpty
            && places.isEmpty && running.isEmpty
    }

    func remove(_ shuffles: [ShuffleID]) {
        for shuffle in shuffles { places[shuffle] = nil }
        files = files.filter { !shuffles.contains($0.value.shuffle) }
    }

    func drop(where isMeant: (BlockID) -> Bool) {
        blocks = blocks.filter { !isMeant($0.key) }
        damagedBlocks = damagedBlocks.filter { !isMeant($0) }
    }
}

/// Why a simulated task stops.
enum TaskStop: Error {
    case missing(ShuffleID, [Int])
    case lost(BlockID)
}

/// What a task of an executor reads.
struct TaskReader: RowReader {
    let executor: SimulatedExecutor

    /// The process of an executor, if it can be reached.
    let peer: (ExecutorID) -> SimulatedExecutor?
    private(set) var stored: [BlockID] = []

    init(executor: SimulatedExecutor, peer: @escaping (ExecutorID) -> SimulatedExecutor?) {
        self.executor = executor
        self.peer = peer
    }

    mutating func kept(_ block: BlockID) throws -> [Row]? {
        if executor.damagedBlocks.contains(block) { throw TaskStop.lost(block) }
        return executor.blocks[block]
    }

    mutating func keep(_ rows: [Row], as block: BlockID) {
        executor.blocks[block] = rows
        stored.append(block)
    }

    mutating func read(_ shuffle: ShuffleDependency, partition: Int) throws -> [Row] {
        guard let places = executor.places[shuffle.id] else { throw TaskStop.missing(shuffle.id, []) }
        var rows: [Row] = []
        var missing: [Int] = []
        for map in 0..<places.mapCount {
            if let location = places.locations[map], let holder = peer(location.executor),
                let file = holder.files[location.output.path], !file.isDamaged
            {
                rows += file.buckets[partition]
            } else {
                missing.append(map)
            }
        }
        if !missing.isEmpty { throw TaskStop.missing(shuffle.id, missing) }
        return rows
    }
}
