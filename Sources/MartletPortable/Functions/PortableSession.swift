/// What handles are told when a graph travels: on one side by whom it is sent, on the other where it arrives.
///
///     import MartletPortable
///
///     final class Tables: Sendable {}
///     PortableSession(userInfo: Tables()).userInfo is Tables   // true
public struct PortableSession: Sendable {
    /// Whatever the handles of the graph agree on.
    public let userInfo: (any AnyObject & Sendable)?

    public init(userInfo: (any AnyObject & Sendable)? = nil) { self.userInfo = userInfo }
}
