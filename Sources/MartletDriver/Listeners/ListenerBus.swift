import MartletStatus
import MartletThreads

/// The listeners of a context, each with a queue and a thread of its own. Lives under the driver's lock, so all of them
/// see events in the order in which the driver posts them.
struct ListenerBus: Sendable {
    let capacity: Int
    private(set) var members: [Member] = []
    /// Warnings to print once the lock is released.
    private var warnings: [String] = []
    /// Events that were dropped for listeners that have since been removed.
    private var pastDropCount = 0

    struct Member: Sendable {
        let listener: any MartletListener
        let queue: Mailbox<StatusEvent>
        var hasWarned = false
    }

    init(capacity: Int) { self.capacity = capacity }

    /// Whether any listener is registered. Otherwise, events need not even be made.
    var isInUse: Bool { !members.isEmpty }

    /// Events that were dropped because a queue was full.
    var droppedCount: Int { members.reduce(pastDropCount) { $0 + $1.queue.droppedCount } }

    /// - Parameter first: the first events that the listener receives.
    mutating func add(_ listener: any MartletListener, _ first: [StatusEvent]) {
        guard !members.contains(where: { $0.listener === listener }) else { return }
        let queue = Mailbox<StatusEvent>(capacity: capacity) { $0.deliver(to: listener) }
        for event in first { queue.post(event) }
        members.append(Member(listener: listener, queue: queue))
    }

    /// - Returns: the member, whose queue accepts no more events.
    mutating func remove(_ listener: any MartletListener) -> Member? {
        guard let place = members.firstIndex(where: { $0.listener === listener }) else { return nil }
        return close(members.remove(at: place))
    }

    /// - Returns: all members; their queues accept no more events.
    mutating func removeAll() -> [Member] {
        let all = members
        members = []
        return all.map { close($0) }
    }

    private mutating func close(_ member: Member) -> Member {
        member.queue.stop()
        pastDropCount += member.queue.droppedCount
        return member
    }

    mutating func takeWarnings() -> [String] {
        var taken: [String] = []
        swap(&taken, &warnings)
        return taken
    }

    mutating func post(_ event: StatusEvent) {
        for index in members.indices where !members[index].queue.post(event) && !members[index].hasWarned {
            members[index].hasWarned = true
            warnings.append(
                "listener \(type(of: members[index].listener)) is too slow: more than \(capacity) events wait for it, "
                    + "and events are dropped; make it faster, or raise martlet.listenerBus.capacity")
        }
    }
}
