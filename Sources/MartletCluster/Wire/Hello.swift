import MartletCore

/// An executor's first message over a new connection to its driver.
struct Hello: Sendable {
    let executor: ExecutorID
    /// Identifies the process: a restarted one is not mistaken for the one before.
    let incarnation: UInt64
    /// Identifies the program's file: functions are named by their places in it.
    let image: String
}

/// The driver's answer to a `Hello`.
struct Welcome: Sendable {
    let incarnation: UInt64
    let settings: Settings
}

/// The executor's notice that it accepts messages.
struct Ready: Sendable {
    let host: String
    /// Where it serves blocks.
    let port: Int
    /// How many tasks it runs at a time.
    let slots: Int
}
