import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// A core, a clock, and what was said.
struct DriverHost {
    var core: DriverCore
    var now = Instant.zero
    private(set) var running: [TaskLaunch] = []
    private(set) var requested: [ExecutorID] = []
    private(set) var connections = 0

    init(executors: Int = 1, slots: Int = 1, queue: Int = 0, minSlots: Int = 0, heartbeat: Duration = .seconds(10)) {
        core = DriverCore(
            scheduler: JobScheduler(maxTaskFailures: 2, isHeld: minSlots > 0),
            limits: DriverCore.Limits(
                heartbeatTimeout: heartbeat, reconnectTimeout: .seconds(5), queue: queue, minSlots: minSlots),
            image: "an image")
        tell(.tick)
        for id in 0..<executors { register(id, slots: slots) }
    }

    @discardableResult
    mutating func tell(_ event: DriverCore.Event) -> [String] {
        let actions = core.handle(event, at: now)
        for broken in core.brokenInvariants() { Issue.record("\(broken)") }
        for case .send(_, .launch(_, let launches)) in actions { running += launches }
        for case .start(let id) in actions { requested.append(id) }
        return actions.compactMap(\.text)
    }

    /// Has an executor started if it was not requested before, and registers it.
    /// - Returns: what its registration leads to, or the answer to its hello if it is refused
    @discardableResult
    mutating func register(_ id: Int, slots: Int = 1) -> [String] {
        let executor = ExecutorID(id)
        if !requested.contains(executor) { tell(.executorsWanted(core.processes.count + 1)) }
        let answer = hello(id)
        guard answer == ["\(id) accepted"] else { return answer }
        return tell(.registered(ExecutorAddress(id: executor, host: "h\(id)", port: 1), slots: slots))
    }

    /// The process of an executor connects.
    mutating func hello(_ id: Int, incarnation: UInt64 = 0, image: String = "an image") -> [String] {
        connections += 1
        return tell(
            .hello(ExecutorID(id), connection: connections, incarnation: incarnation + UInt64(id), image: image))
    }

    /// The last connection is cut.
    mutating func cut(_ id: Int) -> [String] { tell(.disconnected(ExecutorID(id), connection: connections)) }

    @discardableResult
    mutating func submit(_ job: Int, _ nodes: [PlanNode], cached: [Int] = []) -> [String] {
        let root = nodes.map(\.id).max() ?? RDDID(0)
        let plan = JobPlan(graph: LineageGraph(root: root, nodes: nodes)) { cached.contains($0.rawValue) }
        return tell(.jobSubmitted(JobID(job), plan))
    }

    /// Reports the oldest attempt.
    @discardableResult
    mutating func end(_ failure: TaskFailure? = nil, stored: [BlockID] = []) -> [String] {
        let launch = running.first
        let status = MapOutputStatus(path: "task\(launch?.attempt.id.rawValue ?? 0)", byteCount: 1, recordCount: 1)
        return end(failure, mapOutput: launch?.output == .result || failure != nil ? nil : status, stored: stored)
    }

    /// Reports the oldest attempt, with a map output or without one.
    mutating func end(_ failure: TaskFailure? = nil, mapOutput: MapOutputStatus?, stored: [BlockID] = []) -> [String] {
        guard !running.isEmpty else {
            Issue.record("no attempt runs")
            return []
        }
        let launch = running.removeFirst()
        let report = AttemptReport(
            task: launch.attempt.id, number: launch.attempt.number, failure: failure, mapOutput: mapOutput, stored: stored)
        return tell(.message(launch.attempt.executor, .taskEnded(report)))
    }

    mutating func wait(_ duration: Duration) -> [String] {
        var texts: [String] = []
        let end = now + duration
        while now < end {
            now = now + .seconds(1)
            texts += tell(.tick)
        }
        return texts
    }
}

extension DriverCore.Action {
    /// The action in a few words; nil for those that only tell the world.
    var text: String? {
        switch self {
        case .decided, .forgotten, .stopping: nil
        case .tell(let notice): "\(notice)"
        case .start(let id): "start \(id)"
        case .accept(let id, _): "\(id) accepted"
        case .refuse(_, let reason): "refused: \(reason)"
        case .kill(let id, let reason): "\(id) killed: \(reason)"
        case .stopped: "stopped"
        case .send(let id, let message): "\(id) \(message.text)"
        }
    }
}

extension DriverMessage {
    var text: String {
        switch self {
        case .install(let key): "install \(key.job).\(key.planStage)"
        case .forget(let keys): "forget " + keys.map { "\($0.job).\($0.planStage)" }.joined(separator: " ")
        case .launch(let key, let launches):
            "launch \(key.job).\(key.planStage): " + launches.map(\.attempt.id.description).joined(separator: " ")
        case .cancel(let tasks): "cancel " + tasks.map(\.description).joined(separator: " ")
        case .mapOutputs(let shuffle, _, let mapCount, let locations):
            "outputs of \(shuffle): "
                + locations.map { "\($0.map)@\($0.executor) \($0.output.path)" }.joined(separator: ", ")
                + " of \(mapCount)"
        case .removeShuffles(let shuffles): "remove shuffles " + shuffles.map(\.description).joined(separator: " ")
        case .removeBlocks(let rdd): "remove blocks of \(rdd)"
        case .dropBlocks(let blocks): "drop \(blocks.count) blocks"
        case .removeBroadcasts(let broadcasts): "remove \(broadcasts.count) broadcasts"
        case .destroyBroadcast(let broadcast): "destroy broadcast \(broadcast.id)"
        case .executors(let addresses): "executors " + addresses.map(\.id.description).joined(separator: " ")
        case .stop(let reason): "stop: \(reason)"
        }
    }
}
