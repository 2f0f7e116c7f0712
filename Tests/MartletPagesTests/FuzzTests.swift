import Foundation
import MartletPages
import MartletStatistics
import Testing

/// Random and mutated pages in the decoder: each is rejected with a `PageError` or was valid.
///
/// Pages lie at the end of a region that is followed by unreadable memory. `MARTLET_SEED=17` replays a seed;
/// `MARTLET_NIGHTLY` runs ten million pages from a new seed instead of a hundred thousand.
@Suite struct FuzzTests {
    @Test func mutatedPages() throws {
        let environment = ProcessInfo.processInfo.environment
        let isNightly = environment["MARTLET_NIGHTLY"] != nil
        let seed = environment["MARTLET_SEED"].flatMap { UInt64($0) } ?? (isNightly ? UInt64.random(in: 0..<1 << 40) : 1)
        var mutator = try PageMutator(seed: seed)
        let decoder = PageDecoder()
        let region = GuardedRegion()
        var accepted = 0
        for number in 0..<(isNightly ? 10_000_000 : 100_000) {
            let mutant = mutator.next()
            do throws(PageError) {
                let page = try decoder.decode(region.place(mutant.bytes))
                accepted += 1
                // Reads every byte of the content.
                let isRight = page.withContent { content in
                    content.count == page.header.rawBytes && checksum(content) != 0
                }
                if !isRight || page.header.count < 0 || mutant.mustFail {
                    Issue.record("seed \(seed), page \(number): accepted as \(page.header)")
                }
            } catch {
                guard case .damaged(file: "memory", offset: 0, _) = error, mutant.mustSucceed == false else {
                    Issue.record("seed \(seed), page \(number): \(error)")
                    continue
                }
            }
        }
        #expect(accepted > 0)
        withExtendedLifetime(region) {}
    }
}

/// Memory that is followed by an unreadable page of the system.
private final class GuardedRegion {
    private static let bytes = 1 << 16
    private let base: UnsafeMutableRawPointer

    init() {
        let guardBytes = 1 << 16
        base = mmap(nil, Self.bytes + guardBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        precondition(mprotect(base + Self.bytes, guardBytes, PROT_NONE) == 0, "no guard")
    }

    deinit { munmap(base, Self.bytes * 2) }

    func place(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let start = base + Self.bytes - bytes.count
        bytes.withUnsafeBytes { start.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(start), byteCount: $0.count) }
        return UnsafeRawBufferPointer(start: start, count: bytes.count)
    }
}

/// Makes pages with many kinds of faults.
private struct PageMutator {
    struct Mutant {
        var bytes: [UInt8]
        var mustFail = false
        var mustSucceed = false
    }

    private var generator: SeededGenerator
    private let originals: [[UInt8]]
    private let known: Set<[UInt8]>

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        originals = try [0, 1, 20, 64, 130, 400, 3000].flatMap { size in
            try PageCodec.allCases.flatMap { codec in
                try [
                    page(text(size), codec), page(noise(size), codec), page([UInt8](repeating: 7, count: size), codec),
                    page(text(size - size % 8), codec, recordBytes: 8),
                    page(text(size - size % 10), codec, recordBytes: 10),
                ]
            }
        }
        known = Set(originals)
    }

    mutating func next() -> Mutant {
        var bytes = originals[generator.below(originals.count)]
        switch generator.below(8) {
        case 0:
            return Mutant(bytes: bytes, mustSucceed: true)
        case 1:
            return unsealed((0..<generator.below(150)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
        case 2:
            for _ in 0...generator.below(4) { bytes[generator.below(bytes.count)] ^= 1 << generator.below(8) }
            return unsealed(bytes)
        case 3:
            return unsealed(Array(bytes[..<generator.below(bytes.count)]))
        case 4:
            let other = originals[generator.below(originals.count)]
            return unsealed(Array(bytes[..<generator.below(bytes.count)] + other[generator.below(other.count)...]))
        case 5:
            // Any header under a correct checksum.
            for _ in 0...generator.below(3) { bytes[4 + generator.below(52)] = UInt8(truncatingIfNeeded: generator.next()) }
            return Mutant(bytes: resealed(bytes))
        case 6:
            // A codec gets a damaged body.
            if bytes.count > 64 {
                for _ in 0...generator.below(6) {
                    bytes[64 + generator.below(bytes.count - 64)] = UInt8(truncatingIfNeeded: generator.next())
                }
            }
            return Mutant(bytes: resealed(bytes))
        default:
            // A codec gets a body of another length, and a content of another size.
            bytes += (0..<generator.below(40)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            bytes.removeLast(generator.below(bytes.count - 63))
            set(&bytes, 32, bytes.count - 64)
            if generator.below(2) == 0 { set(&bytes, 24, bytes.count - 64 + generator.below(4000)) }
            bytes[5] = UInt8(generator.below(3))
            if generator.below(2) == 0 { bytes[6] = UInt8(generator.below(24)) }
            return Mutant(bytes: resealed(bytes))
        }
    }

    /// Without new checksums, only an original can be valid.
    private func unsealed(_ bytes: [UInt8]) -> Mutant {
        let isOriginal = known.contains(bytes)
        return Mutant(bytes: bytes, mustFail: !isOriginal, mustSucceed: isOriginal)
    }

    private func set(_ bytes: inout [UInt8], _ offset: Int, _ value: Int) {
        for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
}
