/// Makes connections: `Network` over TCP, `MemoryNetwork` within the process.
package protocol Networking: AnyObject, Sendable {
    /// Accepts connections.
    ///
    /// - Parameters:
    ///   - address: the address to listen on; port 0 for a free port.
    ///   - makeHandler: makes the handler of each connection whose handshake is complete, on its event loop.
    func listen(
        on address: NetworkAddress, _ options: NetworkOptions,
        makeHandler: @escaping @Sendable () -> any NetworkHandler
    ) throws(NetworkError) -> any NetworkListener

    /// Connects.
    ///
    /// - Parameter done: called once: on the event loop, after `handler.connected`, or on the calling thread.
    func connect(
        to address: NetworkAddress, _ options: NetworkOptions, handler: any NetworkHandler,
        _ done: @escaping @Sendable (Result<any NetworkConnection, NetworkError>) -> Void)

    /// Stops all listeners and closes all connections; waits until they are closed. For plain threads.
    func shutdown()

    /// Waits, on a plain thread, until `isReady` returns true.
    func block(until isReady: () -> Bool, _ signal: Signal)
}

extension Networking {
    /// Connects, and waits until the handshake is complete: for plain threads, never on an event loop.
    package func connect(
        to address: NetworkAddress, _ options: NetworkOptions, handler: any NetworkHandler
    ) throws(NetworkError) -> any NetworkConnection {
        let arrival = Promise<Result<any NetworkConnection, NetworkError>>()
        connect(to: address, options, handler: handler) { arrival.fulfil($0) }
        block(until: { arrival.isFulfilled }, arrival.signal)
        return try arrival.value.get()
    }
}

/// Accepts connections until it is stopped.
package protocol NetworkListener: AnyObject, Sendable {
    /// Its address, with the port that the system chose.
    var address: NetworkAddress { get }
    /// Connections that were closed before their handshake was complete: strangers, timeouts, and connections over the limits.
    var refusedConnections: Int { get }
    /// Stops listening and closes the accepted connections; waits until they are closed. For plain threads.
    func stop()
}
