/// Executors cannot do their work.
public enum ClusterError: Error, Hashable, CustomStringConvertible {
    /// The driver cannot be reached by executors.
    case cannotListen(reason: String)

    public var description: String {
        switch self {
        case .cannotListen(let reason):
            "the driver cannot listen for its executors: \(reason)"
        }
    }
}
