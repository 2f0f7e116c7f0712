import MartletCore
package import MartletPortable

/// What an executor says first over a new connection to its driver.
struct Hello: Sendable {
    let executor: ExecutorID
    /// Of the process: one that was started again is not taken for the one before.
    let incarnation: UInt64
    /// Of the program's file: functions are named by their places in it.
    let image: UInt64
    let host: String
    /// Where it serves blocks.
    let port: Int
    /// How many messages of the driver's it has got, if it was connected before.
    let received: UInt64
}

/// What the driver answers.
struct Welcome: Sendable {
    let settings: Settings
    let slots: Int
    /// How many messages of the executor's the driver has got.
    let received: UInt64
}

/// One-way messages between a driver and an executor: one byte that says what, and the rest.
enum WireKind: UInt8 {
    case hello = 1
    case welcome = 2
    /// A frame of the link.
    case frame = 3
    /// A result has been fetched, and can go.
    case release = 4
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

    func decode(_ bytes: [UInt8]) throws(PortableError) -> (message: Message, payload: [UInt8]) {
        try coder.values(of: (Message, [UInt8]).self, count: 1, in: bytes)[0]
    }
}
