// Unsafe: the contexts come from the library and are freed once, in `deinit`. The libraries access only the given regions,
// during the call; each gets the true size of both.

import CLZ4
import CZstd

/// Compresses contents. Keeps zstd's working memory between calls.
@safe final class PageCompressor {
    private let codec: PageCodec
    private let zstdLevel: Int32
    private let zstd: OpaquePointer?

    init(_ codec: PageCodec, zstdLevel: Int) {
        self.codec = codec
        self.zstdLevel = Int32(clamping: zstdLevel)
        unsafe zstd = codec == .zstd ? ZSTD_createCCtx() : nil
        if codec == .zstd, unsafe zstd == nil { preconditionFailure("out of memory: zstd compressor") }
    }

    deinit { unsafe ZSTD_freeCCtx(zstd) }

    /// - Returns: the compressed size; nil when it does not fit into `space`.
    func compress(_ content: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer) -> Int? {
        switch codec {
        case .raw:
            return nil
        case .lz4:
            let count = unsafe LZ4_compress_default(
                content.baseAddress?.assumingMemoryBound(to: CChar.self),
                space.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(content.count), Int32(space.count))
            return count > 0 ? Int(count) : nil
        case .zstd:
            let count = unsafe ZSTD_compressCCtx(
                zstd, space.baseAddress, space.count, content.baseAddress, content.count, zstdLevel)
            return ZSTD_isError(count) == 0 ? count : nil
        }
    }
}

/// Decompresses bodies. Keeps zstd's working memory between calls.
@safe final class PageDecompressor {
    private var zstd: OpaquePointer?

    init() {}

    deinit { unsafe ZSTD_freeDCtx(zstd) }

    /// Checks the content size that the header claims against the body, before memory is allocated for the content.
    func checkContentBytes(_ header: PageHeader, _ body: UnsafeRawBufferPointer) throws(PageFault) {
        switch header.codec {
        case .raw:
            return
        case .lz4:
            // One byte of a block decompresses to at most 255 bytes.
            let most = body.count.multipliedReportingOverflow(by: 255)
            if !most.overflow, header.rawBytes > most.partialValue {
                throw .contentBytes(expected: header.rawBytes, found: most.partialValue)
            }
        case .zstd:
            let told = unsafe ZSTD_getFrameContentSize(body.baseAddress, body.count)
            guard told != UInt64(header.rawBytes) else { return }
            guard let found = Int(exactly: told) else { throw .body(.zstd, "no frame that tells its size") }
            throw .contentBytes(expected: header.rawBytes, found: found)
        }
    }

    /// Fills `space`, which has the size of the content.
    func decompress(
        _ codec: PageCodec, _ body: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer
    ) throws(PageFault) {
        switch codec {
        case .raw:
            unsafe space.copyMemory(from: body)
        case .lz4:
            let count = unsafe LZ4_decompress_safe(
                body.baseAddress?.assumingMemoryBound(to: CChar.self),
                space.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(body.count), Int32(space.count))
            guard count >= 0 else { throw .body(.lz4, "the block is malformed") }
            guard count == space.count else { throw .contentBytes(expected: space.count, found: Int(count)) }
        case .zstd:
            if unsafe zstd == nil { unsafe zstd = ZSTD_createDCtx() }
            let count = unsafe ZSTD_decompressDCtx(
                zstd, space.baseAddress, space.count, body.baseAddress, body.count)
            guard ZSTD_isError(count) == 0 else {
                throw unsafe .body(.zstd, String(cString: ZSTD_getErrorName(count)))
            }
            guard count == space.count else { throw .contentBytes(expected: space.count, found: count) }
        }
    }
}
