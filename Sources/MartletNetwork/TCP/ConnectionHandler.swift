import Glibc
import MartletCore
import NIOCore
import NIOPosix
import NIOSSL

/// Between a channel and its connection: passes input to the core, and writes the core's output.
///
/// Everything here runs on the channel's event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let core: ConnectionCore
    private let transport: ChannelTransport
    let disk: NIOThreadPool
    /// Whether the channel accepts ranges of files; TLS needs the bytes.
    let sendsRegions: Bool
    private(set) var context: ChannelHandlerContext?
    private var timer: (due: Instant, task: Scheduled<Void>)?
    private var isTurning = false
    private var turnsAgain = false
    /// Bytes of chunks that are being made or written.
    var chunkBytes = 0
    /// File ranges that are being written, in order: the first one ends first.
    var regions = CircularBuffer<(file: OpenFile, end: Int)>()
    var watchesRegions = false

    init(core: ConnectionCore, transport: ChannelTransport, disk: NIOThreadPool, sendsRegions: Bool) {
        self.core = core
        self.transport = transport
        self.disk = disk
        self.sendsRegions = sendsRegions
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { turn() }
    }

    func channelActive(context: ChannelHandlerContext) { turn() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { core.received(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) { turn() }

    func channelInactive(context: ChannelHandlerContext) { ended(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ended(networkError(error))
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        transport.detach()
    }

    private func ended(_ error: NetworkError?) {
        timer?.task.cancel()
        timer = nil
        core.disconnected(error)
    }

    /// Writes the waiting output, once for any number of wakes.
    func turn() {
        guard let context, context.channel.isActive else { return }
        guard !isTurning else {
            turnsAgain = true
            return
        }
        isTurning = true
        defer { isTurning = false }
        repeat {
            turnsAgain = false
            let turn = core.turn()
            write(turn.output)
            pumpChunks()
            context.flush()
            if turn.phase == .closed { return context.close(promise: nil) }
            if let due = turn.timer { arm(due) }
        } while turnsAgain
    }

    /// Writes frames; `turn` flushes.
    func write(_ output: ByteBuffer) {
        guard let context, output.readableBytes > 0 else { return }
        let core = core
        let count = output.readableBytes
        context.write(wrapOutboundOut(output)).whenSuccess { core.wrote(count) }
    }

    private func arm(_ due: Instant) {
        guard let context else { return }
        timer?.task.cancel()
        let wait = max(due - transport.now, .zero)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(in: TimeAmount(wait)) { bound.value.timerCame() }
        timer = (due, task)
    }

    private func timerCame() {
        timer = nil
        core.tick()
        turn()
    }

    private func networkError(_ error: any Error) -> NetworkError? {
        switch error {
        case NIOSSLError.uncleanShutdown: nil
        case let error as NIOSSLError: .securityFailed(core.peer, reason: words(error))
        case let error as BoringSSLError: .securityFailed(core.peer, reason: words(error))
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE: nil
        case let error as IOError: .broken(core.peer, reason: systemText(error.errnoCode))
        default: .broken(core.peer, reason: "\(error)")
        }
    }

    private func words(_ error: any Error) -> String {
        if case NIOSSLError.handshakeFailed(let cause) = error { return "no handshake: \(cause)" }
        return "\(error)"
    }
}
