/// The context that handles get when a graph travels: from the sender on one side, from the receiver on the other.
///
///     import MartletPortable
///
///     final class Tables: Sendable {}
///     PortableSession(userInfo: Tables()).userInfo is Tables   // true
public struct PortableSession: Sendable {
    /// Any object that the handles of the graph agree on.
    public let userInfo: (any AnyObject & Sendable)?

    public init(userInfo: (any AnyObject & Sendable)? = nil) { self.userInfo = userInfo }
}
