import Foundation
import Martlet

func wordCount(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        let counts = context.textLines(Setup.data + "/text.txt").flatMap { $0.words() }.map { ($0, 1) }
            .reduceByKey(partitions: Setup.partitions, +)
        let summary = try await counts.aggregate(into: WordSummary()) { $0.add($1) } combine: { $0.merge($1) }
        return ("distinct=\(summary.distinct);total=\(summary.total);top100=\(summary.fingerprint)", "")
    }
}

/// How many words there are, and the hundred most frequent.
struct WordSummary {
    var distinct = 0
    var total = 0
    private var top: [(word: String, count: Int)] = []

    private static func goesFirst(_ left: (word: String, count: Int), _ right: (word: String, count: Int)) -> Bool {
        left.count != right.count ? left.count > right.count : left.word < right.word
    }

    @inline(__always)
    mutating func add(_ row: (String, Int)) {
        distinct += 1
        total += row.1
        insert(row)
    }

    @inline(__always)
    private mutating func insert(_ row: (String, Int)) {
        if top.count == 100, row.1 < top[99].count { return }
        insertSlow(row)
    }

    private mutating func insertSlow(_ row: (String, Int)) {
        if top.count == 100, !Self.goesFirst((row.0, row.1), top[99]) { return }
        let place = top.firstIndex { Self.goesFirst((row.0, row.1), $0) } ?? top.count
        top.insert((row.0, row.1), at: place)
        if top.count > 100 { top.removeLast() }
    }

    mutating func merge(_ other: WordSummary) {
        distinct += other.distinct
        total += other.total
        for entry in other.top { insert((entry.word, entry.count)) }
    }

    /// FNV-1a over the lines of the hundred.
    var fingerprint: String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for entry in top {
            for byte in "\(entry.word)\t\(entry.count)\n".utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        }
        return String(format: "%016lx", hash)
    }
}

func grep(_ context: MartletContext, _ report: Report) async throws {
    let pattern = TextPattern(Setup.text("GREP_PATTERN", "kova"))
    try await report.repeated {
        let found = try await context.textLines(Setup.data + "/text.txt").filter { $0.contains(pattern) }
            .aggregate((0, 0), { ($0.0 + 1, $0.1 + $1.utf8.count) }, combine: { ($0.0 + $1.0, $0.1 + $1.1) })
        return ("lines=\(found.0);bytes=\(found.1)", "")
    }
}

/// A record of the sort benchmark: ten bytes of key, ninety of anything.
struct TeraRecord: BitwiseCopyable, Sendable {
    var key: InlineArray<10, UInt8>
    var value: InlineArray<90, UInt8>

    @inline(__always)
    var sortKey: TeraKey {
        withUnsafeBytes(of: self) { bytes in
            TeraKey(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        }
    }
}

struct TeraKey: Comparable, SortPrefixed, Sendable {
    var high: UInt64
    var low: UInt16

    var sortPrefix: UInt64 { high }

    static func < (left: TeraKey, right: TeraKey) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

func teraSort(_ context: MartletContext, _ report: Report) async throws {
    try await report.repeated {
        try? FileManager.default.removeItem(atPath: Setup.output)
        try await context.binaryRecords(Setup.data + "/tera.bin", as: TeraRecord.self)
            .sortBy(partitions: Setup.int("SORT_PARTS", 16)) { $0.sortKey }
            .saveAsBinaryRecords(Setup.output)
        return ("files", "")
    }
}
