import Dispatch
import MartletCore
import NIOCore
import NIOPosix
import Synchronization

/// A connection over TCP as `ConnectionCore` sees it.
final class ChannelTransport: Transport {
    private let eventLoop: any EventLoop
    private let handler = Mutex<NIOLoopBound<ConnectionHandler>?>(nil)

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The handler in the channel's pipeline, which does the work.
    func attach(_ handler: ConnectionHandler) {
        let bound = NIOLoopBound(handler, eventLoop: eventLoop)
        self.handler.withLock { $0 = bound }
    }

    /// Breaks the cycle of references when the channel has closed.
    func detach() { handler.withLock { $0 = nil } }

    var now: Instant { monotonicNow() }

    func wake() {
        guard let handler = handler.withLock({ $0 }) else { return }
        eventLoop.execute { handler.value.turn() }
    }

    func block(until isReady: () -> Bool, _ signal: Signal) { blockThread(until: isReady, signal) }
}

/// Nanoseconds since the machine was started.
func monotonicNow() -> Instant { Instant(nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds)) }

/// Waits until `isReady` returns true. An event loop that waits would wait for itself.
func blockThread(until isReady: () -> Bool, _ signal: Signal) {
    precondition(MultiThreadedEventLoopGroup.currentEventLoop == nil, "an event loop must not wait for the network")
    while !isReady() { signal.wait() }
}
