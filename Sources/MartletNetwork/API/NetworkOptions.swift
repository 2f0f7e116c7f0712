/// The options of a listener, or of a connecting process.
package struct NetworkOptions: Sendable {
    /// The name by which this process is known to its peers: it travels in the preamble, and is as trustworthy as the
    /// security that protects the connection.
    /// - Units: at most 255 bytes of UTF-8
    package var identity: String
    package var security: NetworkSecurity
    package var limits: NetworkLimits

    package init(identity: String, security: NetworkSecurity, limits: NetworkLimits = NetworkLimits()) {
        precondition(identity.utf8.count <= 255, "an identity has at most 255 bytes of UTF-8")
        limits.check()
        self.identity = identity
        self.security = security
        self.limits = limits
    }
}
