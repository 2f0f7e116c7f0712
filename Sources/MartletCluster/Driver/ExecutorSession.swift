import MartletNetwork
import MartletScheduler
import MartletThreads

/// The driver's end of the conversation with one executor.
struct ExecutorSession: Sendable {
    private typealias Link = ReliableLink<[UInt8], [UInt8]>

    private(set) var connection: (any NetworkConnection)?
    private var link: Link

    /// - Parameter incarnation: the driver's own.
    init(_ hello: Hello, driver incarnation: UInt64) {
        link = Link(local: incarnation, peer: hello.incarnation, retransmitAfter: Wire.retransmitAfter)
    }

    /// The executor has opened a new connection.
    ///
    /// - Returns: the previous connection.
    mutating func connect(_ new: any NetworkConnection) -> (any NetworkConnection)? {
        defer { _ = step(.reconnected) }
        defer { connection = new }
        return connection
    }

    /// A connection was closed; no effect if there is a newer one.
    mutating func disconnect(_ closed: any NetworkConnection) { if connection === closed { connection = nil } }

    /// - Returns: false if the executor does not accept its messages.
    mutating func send(_ body: [UInt8]) -> Bool { step(.send(body)) != nil }

    mutating func tick() { _ = step(.tick) }

    /// - Returns: messages that have arrived.
    mutating func receive(_ frame: LinkFrame<[UInt8]>) -> [[UInt8]] { step(.received(frame)) ?? [] }

    /// - Returns: nil if the executor does not accept its messages.
    private mutating func step(_ event: Link.Event) -> [[UInt8]]? {
        var delivered: [[UInt8]] = []
        for action in link.handle(event, at: .now) {
            switch action {
            case .transmit(let frame): connection?.send(WireKind.frame.message(frame))
            case .deliver(let body): delivered.append(body)
            case .overflow: return nil
            }
        }
        return delivered
    }
}
