import MartletBlocks
package import MartletCore
import MartletNetwork
import MartletPortable
import MartletScheduler
import MartletTasks
import MartletThreads
import NIOCore
import Synchronization

// What arrives over connections.
extension DriverEndpoint {
    /// A number for a connection.
    func nextConnection() -> Int {
        state.withLock { state in
            state.connectionCount += 1
            return state.connectionCount
        }
    }

    /// A process says hello: the machine decides whether it is accepted.
    func greet(_ hello: Hello, _ connection: any NetworkConnection, _ number: Int, _ handler: ExecutorConnection) {
        state.withLock { $0.greetings[number] = Greeting(connection: connection, handler: handler, hello: hello) }
        tell(.hello(hello.executor, connection: number, incarnation: hello.incarnation, image: hello.image))
    }

    /// Uses a connection from now on, instead of the one before.
    func accept(_ id: ExecutorID, _ number: Int) {
        let (greeting, old) = state.withLock { state -> (Greeting?, (any NetworkConnection)?) in
            // It may have been closed again.
            guard let greeting = state.greetings.removeValue(forKey: number) else { return (nil, nil) }
            greeting.handler.accept()
            greeting.connection.send(
                WireKind.welcome.message(Welcome(incarnation: incarnation, settings: settings)))
            let old = state.sessions[id, default: ExecutorSession(greeting.hello, driver: incarnation)]
                .connect(greeting.connection)
            return (greeting, old)
        }
        if greeting != nil { old?.close(reason: "there is a newer connection") }
    }

    func ready(_ id: ExecutorID, _ ready: Ready) {
        tell(.registered(ExecutorAddress(id: id, host: ready.host, port: ready.port), slots: ready.slots))
    }

    func receive(_ frame: LinkFrame<[UInt8]>, from id: ExecutorID) {
        let bodies = state.withLock { $0.sessions[id]?.receive(frame) ?? [] }
        if !bodies.isEmpty { take(bodies, from: id) }
    }

    func closed(_ id: ExecutorID, _ number: Int, _ connection: any NetworkConnection) {
        state.withLock { state in
            state.greetings[number] = nil
            state.sessions[id]?.disconnect(connection)
        }
        tell(.disconnected(id, connection: number))
    }

    /// Answers a request for a chunk of a value.
    func give(
        _ index: Int, of value: PortableHash, to id: ExecutorID, isSecondTime: Bool, _ answer: NetworkAnswer
    ) {
        guard let content = handles.sharedValues.content(of: value), let range = ValueChunk.range(index, of: content.count) else {
            return answer.fail(handles.whyMissing(value))
        }
        let holders = state.withLock { state in
            // If the value is dropped meanwhile, `chunks` forgets it after this.
            guard handles.sharedValues.content(of: value) != nil else { return [ExecutorID]() }
            return state.chunks.ask(id, for: index, of: value, isSecondTime: isSecondTime)
        }
        let bytes = holders.isEmpty ? content.bytes(range) : []
        answer.send(ValueChunkAnswer(totalBytes: content.count, bytes: bytes, holders: holders).encoded)
    }

    /// Gets a result that was too large for its report.
    ///
    /// - Parameter done: called once, with nil if the executor is gone.
    package func fetchResult(of task: TaskID, from id: ExecutorID, _ done: @escaping @Sendable ([UInt8]?) -> Void) {
        guard let connection = state.withLock({ $0.sessions[id]?.connection }) else { return done(nil) }
        let timeout = settings[.networkTimeout]
        fetches.enqueue([{
            var bytes: [UInt8] = []
            do {
                let stream = connection.stream(BlockRequest.result(task).encoded, timeout: timeout)
                while let chunk = try stream.next() { bytes.append(contentsOf: chunk.readableBytesView) }
                connection.send(WireKind.release.message(task))
            } catch {
                return done(nil)
            }
            done(bytes)
        }])
    }

    /// Releases an unwanted result that was too large for its report.
    package func releaseResult(of task: TaskID, from id: ExecutorID) {
        state.withLock { $0.sessions[id]?.connection }?.send(WireKind.release.message(task))
    }
}

// Inspection and faults for tests.
extension DriverEndpoint {
    /// Values that are kept for executors, and values with known holders.
    package var valueCounts: (kept: Int, tracked: Int) { (handles.sharedValues.count, state.withLock { $0.chunks.count }) }

    /// Closes the connection of an executor, as a network may at any time.
    package func cutConnection(of id: ExecutorID) {
        state.withLock { $0.sessions[id]?.connection }?.close(reason: "a test cuts it")
    }
}
