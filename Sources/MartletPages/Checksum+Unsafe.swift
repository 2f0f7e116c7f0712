// Unsafe: the library reads the region, of the size it is told, during the call.

import CXXHash

/// The checksum of pages: XXH3 with 64 bits.
///
/// - Complexity: 18 GB/s by the library's plain function. The one that looks for wider vectors does 80, but is not in
///   every system's library; next to lz4 neither is noticed.
package func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    unsafe XXH3_64bits(bytes.baseAddress, bytes.count)
}

/// The chain of a file's pages, `chain`, with one more: see `FORMAT.md`.
func chained(_ chain: UInt64, _ headerChecksum: UInt64) -> UInt64 {
    let words = (chain.littleEndian, headerChecksum.littleEndian)
    return unsafe withUnsafeBytes(of: words) { unsafe checksum($0) }
}
