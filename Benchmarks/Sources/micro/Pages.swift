import Foundation
import MartletPages

/// Making, checking, writing and reading pages, in GB of content a second, on one thread.
///
/// The contents are numbers in a narrow range, which lz4 and zstd make smaller, in pages of 1 MiB; beside each rate is
/// that of copying the same bytes. A raw page in memory is checked and lent, not copied: decoding it is the checksum alone.
func pages() throws {
    let content = (0..<(1 << 17)).map { Int(mixed($0) & 0xFFFF) }.withUnsafeBytes { [UInt8]($0) }
    let repetitions = 256
    var copy = [UInt8](repeating: 0, count: content.count)
    let copied = rate(content.count * repetitions) {
        for _ in 0..<repetitions { copy.withUnsafeMutableBytes { $0.copyBytes(from: content) } }
        blackHole(copy)
    }
    print("pages of 1 MiB, GB/s (copying: \(text(copied)))")

    for (codec, recordBytes) in [(PageCodec.raw, 0), (.lz4, 0), (.lz4, 8), (.zstd, 0), (.zstd, 8)] {
        let encoder = PageEncoder(codec: codec)
        let decoder = PageDecoder()
        var page: [UInt8] = []
        try content.withUnsafeBytes { _ = try encoder.encode($0, count: 1, elementHash: 1, recordBytes: recordBytes, into: &page) }
        let encoding = try rate(content.count * repetitions) {
            for _ in 0..<repetitions {
                page.removeAll(keepingCapacity: true)
                try content.withUnsafeBytes {
                    _ = try encoder.encode($0, count: 1, elementHash: 1, recordBytes: recordBytes, into: &page)
                }
            }
        }
        let decoding = try rate(content.count * repetitions) {
            for _ in 0..<repetitions { try page.withUnsafeBytes { blackHole(try decoder.decode($0).header.count) } }
        }
        let path = NSTemporaryDirectory() + "martlet-micro-pages-\(getpid())"
        defer { unlink(path) }
        let writing = try rate(content.count * repetitions) {
            let writer = try PageFileWriter(path: path, encoder: encoder)
            for _ in 0..<repetitions {
                try content.withUnsafeBytes {
                    _ = try writer.append($0, count: 1, elementHash: 1, recordBytes: recordBytes)
                }
            }
            try writer.finish()
        }
        let reading = try rate(content.count * repetitions) {
            let reader = try PageFileReader(path: path)
            while let page = try reader.next() { blackHole(page.header.count) }
        }
        print(
            "\(codec)\(recordBytes > 0 ? " by columns" : ""): encode \(text(encoding)), decode \(text(decoding)), write a file \(text(writing)), "
                + "read it \(text(reading)); stored \(page.count * 100 / content.count) %")
    }
    fflush(nil)
}

private func text(_ rate: Double) -> String { String(format: "%.2f", rate) }

/// GB a second: the best of a few runs.
private func rate(_ bytes: Int, _ body: () throws -> Void) rethrows -> Double {
    var best = 0.0
    for _ in 0..<3 {
        let start = ContinuousClock.now
        try body()
        let elapsed = ContinuousClock.now - start
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        best = max(best, Double(bytes) / seconds / 1e9)
    }
    return best
}
