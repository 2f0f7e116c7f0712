// Unsafe: each compressor gets whole local arrays and their sizes; the bound of the output comes from the
// library.

import CBzip2
import CLZ4
import CXZ
import CZlib
import CZstd
import MartletFiles

/// One frame (gzip: one member) that holds `bytes`, with a checksum of the content.
func compressed(_ bytes: [UInt8], _ codec: Codec) -> [UInt8] {
    switch codec {
    case .plain: bytes
    case .gzip: gzip(bytes)
    case .zstd: zstd(bytes)
    case .lz4: lz4(bytes)
    case .bzip2: bzip2(bytes)
    case .xz: xz(bytes)
    }
}

private func bzip2(_ bytes: [UInt8]) -> [UInt8] {
    var input = bytes.map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: bytes.count + bytes.count / 100 + 600)
    var count = UInt32(output.count)
    let status = unsafe BZ2_bzBuffToBuffCompress(&output, &count, &input, UInt32(input.count), 9, 0, 0)
    precondition(status == BZ_OK)
    return output[..<Int(count)].map { UInt8(bitPattern: $0) }
}

private func xz(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: lzma_stream_buffer_bound(bytes.count))
    var count = 0
    let status = unsafe lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nil, bytes, bytes.count, &output, &count, output.count)
    precondition(status == LZMA_OK)
    return Array(output[..<count])
}

private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var input = bytes
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
        &stream, 6, Z_DEFLATED, 16 + 15, 8, 0, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    defer { unsafe deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: unsafe Int(deflateBound(&stream, uLong(bytes.count))) + 64)
    let count = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = uInt(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = uInt(output.count)
            precondition(unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return unsafe output.count - Int(stream.avail_out)
        }
    }
    return Array(output[..<count])
}

private func zstd(_ bytes: [UInt8]) -> [UInt8] {
    let context = unsafe ZSTD_createCCtx()
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let count = unsafe ZSTD_compress2(context, &output, output.count, bytes, bytes.count)
    precondition(ZSTD_isError(count) == 0)
    return Array(output[..<count])
}

private func lz4(_ bytes: [UInt8]) -> [UInt8] {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.frameInfo.blockSizeID = LZ4F_max64KB
    var output = [UInt8](repeating: 0, count: unsafe LZ4F_compressFrameBound(bytes.count, &preferences))
    let count = unsafe LZ4F_compressFrame(&output, output.count, bytes, bytes.count, &preferences)
    precondition(LZ4F_isError(count) == 0)
    return Array(output[..<count])
}
