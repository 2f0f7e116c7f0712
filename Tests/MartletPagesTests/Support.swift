import Foundation
import MartletPages
import MartletStatistics

/// A folder that is removed with its content when the test releases it.
final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("test-martlet-pages-\(UUID().uuidString)").path

    init() { try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { path + "/" + name }

    func names() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func bytes(of name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    /// Descriptors of this process that are open on files of the folder, removed ones included.
    func openDescriptors() -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return all.count { descriptor in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + descriptor)
            return target?.hasPrefix(path + "/") ?? false
        }
    }
}

extension SeededGenerator {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Bytes that no codec compresses.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
}

/// Bytes that every codec compresses.
func text(_ count: Int) -> [UInt8] {
    let words = Array("to be or not to be, that is the question; ".utf8)
    return (0..<count).map { words[$0 % words.count] }
}

/// One page.
func page(
    _ content: [UInt8], _ codec: PageCodec, count: Int = 3, elementHash: UInt64 = 0xABCD, recordBytes: Int = 0
) throws -> [UInt8] {
    try content.withUnsafeBytes { region in
        var bytes: [UInt8] = []
        try PageEncoder(codec: codec)
            .encode(region, count: count, elementHash: elementHash, recordBytes: recordBytes, into: &bytes)
        return bytes
    }
}

/// A page's header and content.
struct Decoded: Equatable {
    let header: PageHeader
    let content: [UInt8]

    init(_ page: Page) {
        header = page.header
        content = page.bytes
    }
}

func decode(_ bytes: [UInt8], elementHash: UInt64? = nil) throws -> Decoded {
    try bytes.withUnsafeBytes { Decoded(try PageDecoder().decode($0, elementHash: elementHash)) }
}

/// The fault of bytes that must not be read as a page.
func fault(_ bytes: [UInt8], elementHash: UInt64? = nil) -> PageFault? {
    do {
        _ = try decode(bytes, elementHash: elementHash)
        return nil
    } catch PageError.damaged(file: "memory", offset: 0, let fault) {
        return fault
    } catch {
        return nil
    }
}

/// Gives a changed page correct checksums, as a faulty writer would.
func resealed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes.withUnsafeMutableBytes { page in
        let body = checksum(UnsafeRawBufferPointer(rebasing: page[64...]))
        page.storeBytes(of: body.littleEndian, toByteOffset: 40, as: UInt64.self)
        PageHeader.seal(page)
    }
    return bytes
}

func error<Value>(_ body: () throws -> Value) -> PageError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? PageError
    }
}

extension Page {
    var bytes: [UInt8] { withContent { [UInt8]($0) } }
}

extension PageFileWriter {
    @discardableResult
    func append(_ content: [UInt8], count: Int = 1, elementHash: UInt64 = 9) throws -> Int {
        try content.withUnsafeBytes { try append($0, count: count, elementHash: elementHash) }
    }
}

/// Writes a file with a page for each content.
@discardableResult
func writePages(_ contents: [[UInt8]], _ path: String, _ codec: PageCodec = .lz4) throws -> [Int] {
    let writer = try PageFileWriter(path: path, encoder: PageEncoder(codec: codec))
    let offsets = try contents.map { try writer.append($0) }
    try writer.finish()
    return offsets
}

/// The contents of a file's pages, in order.
func readPages(_ path: String) throws -> [[UInt8]] {
    let reader = try PageFileReader(path: path)
    var contents: [[UInt8]] = []
    while let page = try reader.next() { contents.append(page.bytes) }
    return contents
}
