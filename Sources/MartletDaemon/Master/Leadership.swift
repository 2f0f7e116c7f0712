/// Who leads, of several masters. The owner hears of changes; a later one replaces an earlier one.
package protocol Leadership: AnyObject, Sendable {
    /// Begins to compete for the leadership.
    ///
    /// - Parameters:
    ///   - became: this master leads since now.
    ///   - lost: it leads no more, with the reason.
    func start(became: @escaping @Sendable () -> Void, lost: @escaping @Sendable (_ reason: String) -> Void)

    /// Gives the leadership up. Nothing is reported any more.
    func stop()
}

/// The only master of its cluster.
package final class AlwaysLeader: Leadership {
    package init() {}
    package func start(became: @escaping @Sendable () -> Void, lost: @escaping @Sendable (String) -> Void) { became() }
    package func stop() {}
}
