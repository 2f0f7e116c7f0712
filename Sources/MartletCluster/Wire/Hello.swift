import MartletCore

/// What an executor says first over a new connection to its driver.
struct Hello: Sendable {
    let executor: ExecutorID
    /// Of the process: one that was started again is not taken for the one before.
    let incarnation: UInt64
    /// Of the program's file: functions are named by their places in it.
    let image: String
}

/// What the driver answers.
struct Welcome: Sendable {
    let incarnation: UInt64
    let settings: Settings
    let slots: Int
}

/// What the executor says when it can take messages.
struct Ready: Sendable {
    let host: String
    /// Where it serves blocks.
    let port: Int
}
