/// Receives the events of a connection. Called on the connection's event loop: must not block.
package protocol NetworkHandler: AnyObject, Sendable {
    /// The handshake is complete. Called once, before everything else.
    func connected(_ connection: any NetworkConnection)
    /// A one-way message: messages arrive in the order in which they were sent, at most once.
    func received(_ message: [UInt8], on connection: any NetworkConnection)
    /// A request, which must be answered once through `answer`, from any thread; an unanswered request fails.
    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer)
    /// The connection has ended. Called once if `connected` was, after everything else.
    ///
    /// - Parameter reason: why; nil if this side closed it.
    func closed(_ connection: any NetworkConnection, reason: NetworkError?)
}

/// A connection with another process of the application, after its handshake. Both sides have the same rights.
///
/// Its methods can be called from any thread, and do not block.
package protocol NetworkConnection: AnyObject, Sendable {
    /// The address that was connected to, or from which the peer connected.
    var peer: NetworkAddress { get }
    /// The name that the peer gives itself.
    var identity: String { get }

    /// Sends a one-way message, at most once and in order. A message that is too large, or finds too many bytes waiting, closes
    /// the connection with a reason; on a closed connection it is dropped.
    func send(_ message: [UInt8])

    /// Asks the peer.
    ///
    /// - Parameter done: called once: on the event loop, or at once on the calling thread if the request cannot be sent.
    func request(
        _ body: [UInt8], timeout: Duration, _ done: @escaping @Sendable (Result<[UInt8], NetworkError>) -> Void)

    /// Asks the peer for an answer in pieces.
    ///
    /// - Parameter timeout: how long the peer may send nothing while the reader waits.
    func stream(_ body: [UInt8], timeout: Duration) -> NetworkStream

    /// Tells the peer the reason and closes the connection; waiting requests fail.
    func close(reason: String)

    /// Waits, on a plain thread, until `isReady` returns true.
    func block(until isReady: () -> Bool, _ signal: Signal)
}

extension NetworkConnection {
    /// Asks the peer and waits for the answer: for plain threads, never on an event loop.
    package func requestBlocking(_ body: [UInt8], timeout: Duration) throws(NetworkError) -> [UInt8] {
        let arrival = Promise<Result<[UInt8], NetworkError>>()
        request(body, timeout: timeout) { arrival.fulfil($0) }
        block(until: { arrival.isFulfilled }, arrival.signal)
        return try arrival.value.get()
    }
}
