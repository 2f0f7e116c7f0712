import Foundation
import Glibc
import MartletBlocks
import MartletPages
import MartletPortable
import TestSupport
import Testing

/// Elements on disk: written in segments, read back, deleted with their owner.
@Suite struct SpillFileTests {
    private let scratch: ScratchSpace
    private let place: String

    init() {
        place = "/tmp/spill-tests-\(getpid())"
        scratch = ScratchSpace(places: [place])
    }

    @Test func segmentsAreReadOnTheirOwn() throws {
        let element = ElementType((String, Int).self)
        let rows = (0..<50_000).map { ("row number \($0)", $0) }
        let file = try SpillFile.write(element, to: scratch) { writer in
            try [0..<10, 10..<10, 10..<49_999, 49_999..<50_000].map { range in
                try append(Array(rows[range]), to: writer)
                return try writer.endSegment()
            }
        }
        #expect(file.segments.map(\.count) == [10, 0, 49_989, 1])
        #expect(try file.source(2).rest((String, Int).self).elementsEqual(rows[10..<49_999]) { $0 == $1 })
        #expect(try file.source(0).rest((String, Int).self).elementsEqual(rows[..<10]) { $0 == $1 })
        #expect(try file.source(1).rest((String, Int).self).isEmpty)
    }

    @Test func theFileGoesWithItsLastReader() throws {
        let element = ElementType(Int.self)
        var file: SpillFile? = try SpillFile.write(element, to: scratch) { writer in
            try append([1, 2, 3], to: writer)
            return [try writer.endSegment()]
        }
        let path = try #require(file).path
        let source = try #require(file).source(0)
        file = nil
        #expect(access(path, F_OK) == 0)
        try withExtendedLifetime(source) { try source.forEachBatch { #expect($0.count == 3) } }
        scratch.removeAll()
        #expect(access(path, F_OK) != 0)
    }

    @Test func aWriterThatFailsLeavesNothing() throws {
        struct Failure: Error {}
        var path = ""
        #expect(throws: Failure.self) {
            _ = try SpillFile.write(ElementType(Int.self), to: scratch, kind: "failing") { writer in
                try append(Array(0..<100_000), to: writer)
                path = try scratch.path(of: "failing_1")
                throw Failure()
            }
        }
        #expect(access(path, F_OK) != 0)
        #expect(throws: PortableError.self) {
            _ = try SpillFile.write(ElementType((() -> Void).self), to: scratch) { _ in [] }
        }
    }

    @Test func damageIsNamed() throws {
        let file = try SpillFile.write(ElementType(Int.self), to: scratch) { writer in
            try append([1, 2, 3], to: writer)
            return [try writer.endSegment()]
        }
        let descriptor = open(file.path, O_RDWR)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        pread(descriptor, &byte, 1, 70)
        byte ^= 1
        pwrite(descriptor, &byte, 1, 70)
        let error = #expect(throws: PageError.self) { _ = try file.source(0).rest(Int.self) }
        #expect("\(String(describing: error))".contains(file.path))
    }

    /// Pages have a page's size, whatever the rows refer to: a reader and a writer hold one page each.
    @Test(arguments: [1, 2, 7, 100, 1000])
    func pagesOfLongRows(_ period: Int) throws {
        let long = String(repeating: "x", count: 5000)
        func sizes<Row>(_ rows: [Row]) throws -> [Int] {
            let file = try SpillFile.write(ElementType(Row.self), to: scratch) { writer in
                for half in [rows[..<(rows.count / 3)], rows[(rows.count / 3)...]] { try append(Array(half), to: writer) }
                return [try writer.endSegment()]
            }
            #expect(try file.source(0).rest(Row.self).count == rows.count)
            let reader = try PageFileReader(path: file.path)
            var sizes: [Int] = []
            while let page = try reader.next() { sizes.append(page.header.rawBytes) }
            return sizes
        }
        let isLong = (0..<20_000).map { $0 % period == 0 }
        for (name, sizes) in [
            ("texts", try sizes(isLong.map { ($0 ? long : "short", 1) })),
            ("optional texts", try sizes(isLong.map { $0 ? long : String?.none })),
            ("arrays of texts", try sizes(isLong.map { $0 ? [long, "a"] : [] })),
            ("bytes that encode themselves", try sizes(isLong.prefix(3000).map { Data(repeating: 1, count: $0 ? 100 : 1) })),
        ] {
            let most = sizes.max() ?? 0
            #expect(most < 8 * ElementPageWriter.pageBytes, "one of \(period), \(name): \(most) bytes in a page")
            // And they are not much smaller.
            let sum = sizes.reduce(0, +)
            #expect(sizes.count <= 4 + 4 * sum / ElementPageWriter.pageBytes, "\(name): \(sizes.count) pages of \(sum) bytes")
        }
    }

    private func append<Element>(_ elements: [Element], to writer: ElementPageWriter) throws {
        var elements = elements
        try elements.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            try writer.append(RawBatch(base: UnsafeMutableRawPointer(base), count: buffer.count, isOwned: false))
        }
    }
}
