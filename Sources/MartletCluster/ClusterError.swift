import Glibc
public import MartletCore
import MartletFiles

/// Executors cannot do what they should.
public enum ClusterError: Error, Hashable, CustomStringConvertible {
    /// The system starts no process for it.
    case cannotStart(executor: ExecutorID, code: Int32)
    /// The driver cannot be reached by executors.
    case cannotListen(reason: String)
    /// Executors end again and again without having done anything.
    case executorsFail(reason: String)

    public var description: String {
        switch self {
        case .cannotStart(let executor, let code):
            "executor \(executor) cannot be started: "
                + (OpenFilesLimit(code: code).map { "\($0)" } ?? String(cString: strerror(code)))
        case .cannotListen(let reason):
            "the driver cannot listen for its executors: \(reason)"
        case .executorsFail(let reason):
            "executors cannot be kept running: \(reason)"
        }
    }
}
