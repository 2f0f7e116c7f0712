import MartletCore
import MartletExecutor
import MartletNetwork
import MartletScheduler
import MartletThreads

/// The driver's state of one executor.
struct ExecutorSession: Sendable {
    typealias Link = ReliableLink<[UInt8], [UInt8]>

    let id: ExecutorID
    var process: ExecutorProcess?
    /// Whether it has received a task or sent a message. Only executors that never did count as failed starts.
    var wasUseful = false
    /// Whether it accepts messages.
    var isReady = false
    private(set) var connection: (any NetworkConnection)?
    private var link: Link?
    /// The incarnation of the process at the other end of the link.
    private var incarnation: UInt64?

    init(_ id: ExecutorID) { self.id = id }

    /// The executor has opened a new connection.
    ///
    /// - Returns: the previous connection; false for a process other than the one that connected before.
    mutating func connect(
        _ new: any NetworkConnection, _ hello: Hello, driver incarnation: UInt64
    ) -> (isKnown: Bool, old: (any NetworkConnection)?) {
        guard self.incarnation == nil || self.incarnation == hello.incarnation else { return (false, nil) }
        let old = connection
        connection = new
        if self.incarnation == nil {
            self.incarnation = hello.incarnation
            link = Link(local: incarnation, peer: hello.incarnation, retransmitAfter: Wire.retransmitAfter)
        } else {
            _ = step(.reconnected)
        }
        return (true, old)
    }

    /// - Returns: whether it was the current connection.
    mutating func disconnect(_ closed: any NetworkConnection) -> Bool {
        guard connection === closed else { return false }
        connection = nil
        return true
    }

    mutating func send(_ body: [UInt8]) -> Bool { step(.send(body)) != nil }

    mutating func tick() { _ = step(.tick) }

    /// - Returns: messages that have arrived.
    mutating func receive(_ frame: LinkFrame<[UInt8]>) -> [[UInt8]] { step(.received(frame)) ?? [] }

    /// - Returns: nil if the executor does not accept its messages.
    private mutating func step(_ event: Link.Event) -> [[UInt8]]? {
        var delivered: [[UInt8]] = []
        for action in link?.handle(event, at: .now) ?? [] {
            switch action {
            case .transmit(let frame): connection?.send(WireKind.frame.message(frame))
            case .deliver(let body): delivered.append(body)
            case .overflow: return nil
            }
        }
        return delivered
    }
}
