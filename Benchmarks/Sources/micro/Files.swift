import Foundation
import Martlet

/// Reading and writing files, against Foundation.
func files(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let folder = NSTemporaryDirectory() + "martlet-micro-files-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let end = opaque(count)
    let text = folder + "/lines.txt"
    try (0..<count).map { "line number \($0)" }.joined(separator: "\n").write(toFile: text, atomically: true, encoding: .utf8)
    let lineCount = count

    func row(_ name: String, engine: () async throws -> Int, hand: () -> Int) async throws {
        let (engine, hand) = try await compare(lineCount, repetitions: 3, engine: engine, hand: hand)
        table.row(name, engine, hand)
    }
    func contents() -> String { (try? String(contentsOfFile: text, encoding: .utf8)) ?? "" }
    func fresh() -> String { folder + "/" + UUID().uuidString }

    try await row("textFile (String.split)") { try await context.textFile(text).count() } hand: {
        contents().split(separator: "\n").count
    }
    try await row("textFile by a delimiter (String.split)") {
        try await context.textFile(text, delimiter: "number").count()
    } hand: {
        contents().split(separator: "number").count
    }
    try await row("wholeTextFiles (String(contentsOfFile:))") {
        try await context.wholeTextFiles(text).map { $0.1.utf8.count }.sum()
    } hand: { contents().utf8.count }
    try await row("binaryFiles (Data)") {
        try await context.binaryFiles(text).map { $0.1.count }.sum()
    } hand: { FileManager.default.contents(atPath: text)?.count ?? 0 }
    try await row("saveAsTextFile (String.write)") {
        try await context.range(0, count, partitions: 4).map { "line number \($0)" }.saveAsTextFile(fresh())
        return 0
    } hand: {
        let lines = (0..<end).map { "line number \($0)" }.joined(separator: "\n")
        try? lines.write(toFile: fresh(), atomically: false, encoding: .utf8)
        return lines.utf8.count
    }
    try await row("saveAsBinaryRecords (Data.write)") {
        try await context.range(0, count, partitions: 4).saveAsBinaryRecords(fresh())
        return 0
    } hand: {
        let bytes = Array(0..<end).withUnsafeBytes { Data($0) }
        try? bytes.write(to: URL(fileURLWithPath: fresh()))
        return bytes.count
    }
    let records = folder + "/records"
    try await context.range(0, count, partitions: 4).saveAsBinaryRecords(records)
    let parts = try FileManager.default.contentsOfDirectory(atPath: records).filter { $0.hasPrefix("part") }
    try await row("binaryRecords (Data)") { try await context.binaryRecords(records, as: Int.self).reduce { $0 &+ $1 } } hand: {
        var sum = 0
        for part in parts {
            FileManager.default.contents(atPath: records + "/" + part)?.withUnsafeBytes { bytes in
                for number in bytes.bindMemory(to: Int.self) { sum = sum &+ number }
            }
        }
        return sum
    }
}
