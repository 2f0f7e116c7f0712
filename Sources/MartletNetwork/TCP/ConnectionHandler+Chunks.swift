import NIOCore
import NIOPosix

/// Streams to the peer.
extension ConnectionHandler {
    /// The bytes of chunks that are made and written ahead of the socket: enough to keep it busy, but no more, since
    /// messages queue behind them.
    static let chunkBytesAhead = 1 << 20

    /// A file range that takes longer to send is checked.
    static let regionPatience = TimeAmount.seconds(1)

    /// Makes chunks for the streams whose turn it is.
    func pumpChunks() {
        while chunkBytes < Self.chunkBytesAhead, let (order, maker) = core.nextChunk() {
            chunkBytes += order.maxBytes
            if maker.waitsForDisk(regions: sendsRegions) {
                makeOnDisk(order, maker)
            } else {
                made(order, make(order, maker, waits: false))
            }
        }
    }

    private func make(_ order: ChunkOrder, _ maker: ChunkMaker, waits: Bool) -> Result<Chunk, ChunkFault> {
        Self.make(order, maker, regions: sendsRegions, waits: waits)
    }

    private static func make(
        _ order: ChunkOrder, _ maker: ChunkMaker, regions: Bool, waits: Bool
    ) -> Result<Chunk, ChunkFault> {
        do throws(ChunkFault) {
            return .success(try maker.next(order.maxBytes, regions: regions, waits: waits))
        } catch {
            return .failure(error)
        }
    }

    private func makeOnDisk(_ order: ChunkOrder, _ maker: ChunkMaker) {
        guard let context else { return }
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let regions = sendsRegions
        disk.submit { state in
            guard state == .active else { return }
            let result = Self.make(order, maker, regions: regions, waits: true)
            eventLoop.execute {
                bound.value.made(order, result)
                bound.value.turn()
            }
        }
    }

    /// Writes a chunk; a turn flushes it.
    private func made(_ order: ChunkOrder, _ result: Result<Chunk, ChunkFault>) {
        switch result {
        case .failure(let fault):
            chunkBytes -= order.maxBytes
            core.failChunk(order.request, fault)
        case .success(let chunk):
            guard let context, let output = core.beginChunk(order.request, count: chunk.count) else {
                chunkBytes -= order.maxBytes
                return
            }
            chunkBytes -= order.maxBytes - chunk.count
            write(output)
            write(chunk, context)
            core.endChunk(order.request)
        }
    }

    private func write(_ chunk: Chunk, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let count = chunk.count
        let promise = context.eventLoop.makePromise(of: Void.self)
        switch chunk {
        case .bytes(let bytes):
            context.write(wrapOutboundOut(bytes), promise: promise)
            promise.futureResult.whenComplete { _ in bound.value.wroteChunk(count) }
        case .region(let file, let offset, let count):
            let region = FileRegion(fileHandle: file.handle, readerIndex: offset, endIndex: offset + count)
            regions.append((file, offset + count))
            watchRegions(context)
            context.write(NIOAny(IOData.fileRegion(region)), promise: promise)
            promise.futureResult.whenComplete { _ in
                bound.value.regions.removeFirst()
                bound.value.wroteChunk(count)
            }
        }
    }

    private func wroteChunk(_ count: Int) {
        chunkBytes -= count
        turn()
    }

    /// If a file is truncated while its bytes are being sent, the peer waits for announced bytes that never arrive. That ends
    /// the connection; a file that was truncated before only ends its stream.
    private func watchRegions(_ context: ChannelHandlerContext) {
        guard !watchesRegions else { return }
        watchesRegions = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.regionPatience) { bound.value.lookAtRegions() }
    }

    private func lookAtRegions() {
        watchesRegions = false
        guard let context, !regions.isEmpty else { return }
        if regions.contains(where: { $0.file.size < $0.end }) {
            core.disconnected(.broken(core.peer, reason: "a file became shorter while it was being sent"))
            context.close(promise: nil)
        } else {
            watchRegions(context)
        }
    }
}
