/// Executors cannot do their work.
public enum ClusterError: Error, Hashable, CustomStringConvertible {
    /// The driver cannot be reached by executors.
    case cannotListen(reason: String)

    /// The application cannot become a member of a cluster.
    case cannotJoin(reason: String)

    public var description: String {
        switch self {
        case .cannotListen(let reason):
            "the driver cannot listen for its executors: \(reason)"
        case .cannotJoin(let reason):
            "the application cannot join the cluster: \(reason)"
        }
    }
}
