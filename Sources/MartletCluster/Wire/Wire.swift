import MartletCore
import MartletPortable
import MartletScheduler

/// One-way messages between a driver and an executor: one byte for the kind, and a value.
enum WireKind: UInt8 {
    /// `Hello`: from the executor, over each new connection.
    case hello = 1
    /// `Welcome`: the driver's answer.
    case welcome = 2
    /// `String`: why the driver does not want this executor.
    case refusal = 3
    /// `Ready`: from the executor.
    case ready = 4
    /// A frame of the link.
    case frame = 5
    /// `TaskID`: its result has been fetched, and can be released.
    case release = 6

    /// The message with a value.
    func message<Value: Sendable>(_ value: Value) -> [UInt8] { [rawValue] + WireCoder<Value>().encode(value) }

    init(of message: [UInt8]) throws(WireError) {
        guard let first = message.first, let kind = WireKind(rawValue: first) else { throw WireError.unknownKind }
        self = kind
    }

    static func body<Value: Sendable>(of message: [UInt8]) throws -> Value {
        try WireCoder<Value>().decode(Array(message.dropFirst())).message
    }
}

/// A message that processes of an application do not send each other.
enum WireError: Error, CustomStringConvertible {
    case unknownKind
    /// It arrives before the executor has said hello, or from the wrong side.
    case unexpected(WireKind)

    var description: String {
        switch self {
        case .unknownKind: "a message of an unknown kind"
        case .unexpected(let kind): "a message that is not expected now: \(kind)"
        }
    }
}

enum Wire {
    static let driver = WireCoder<DriverMessage>()
    static let executor = WireCoder<ExecutorMessage>()

    /// TCP resends lost data; only a cut connection loses messages.
    static let retransmitAfter = Duration.seconds(5)
}

/// Encodes messages, each with bytes beside it.
struct WireCoder<Message: Sendable>: Sendable {
    private let coder: ValueCoder

    init() {
        do {
            coder = try ValueCoder.of((Message, [UInt8]).self)
        } catch {
            preconditionFailure("messages cannot be encoded: \(error)")
        }
    }

    func encode(_ message: Message, _ payload: [UInt8] = []) -> [UInt8] {
        do {
            return try coder.bytes(of: [(message, payload)])
        } catch {
            preconditionFailure("a message cannot be encoded: \(error)")
        }
    }

    /// - Throws: `PortableError` for bytes that are no message, or more than one.
    func decode(_ bytes: [UInt8]) throws(PortableError) -> (message: Message, payload: [UInt8]) {
        let place = UnsafeMutablePointer<(Message, [UInt8])>.allocate(capacity: 1)
        defer { place.deallocate() }
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(PortableError) in try coder.decode(bytes, count: 1, to: UnsafeMutableRawPointer(place)) }
        }
        let end = try result.get()
        let value = place.move()
        guard end == bytes.count else {
            throw .damaged(type: coder.typeName, position: end, problem: "\(bytes.count - end) bytes follow the message")
        }
        return value
    }
}
