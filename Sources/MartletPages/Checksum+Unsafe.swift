// Unsafe: the library reads the region, of the size it is told, during the call.

import CXXHash

/// The checksum of pages: XXH3 with 64 bits.
///
/// - Complexity: 18 GB/s with the library's plain function. Its function that selects wider vectors reaches 80 GB/s, but is
///   not in every system's library; beside lz4 the difference is not noticeable.
package func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    unsafe XXH3_64bits(bytes.baseAddress, bytes.count)
}

/// Extends `chain`, the chain of a file's pages, by one page: see `FORMAT.md`.
func chained(_ chain: UInt64, _ headerChecksum: UInt64) -> UInt64 {
    let words = (chain.littleEndian, headerChecksum.littleEndian)
    return unsafe withUnsafeBytes(of: words) { unsafe checksum($0) }
}
