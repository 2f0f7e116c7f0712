import Foundation
import Martlet

/// Keeping partitions, and reading what is kept, against an array in memory and a file by Foundation.
func storage(_ context: MartletContext, _ count: Int, _ table: Table) async throws {
    let folder = NSTemporaryDirectory() + "martlet-micro-storage-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    context.setCheckpointDirectory(folder)
    let numbers = Array(0..<opaque(count))
    let file = folder + "-numbers"
    defer { unlink(file) }
    func written() -> Int {
        let bytes = numbers.withUnsafeBytes { Data($0) }
        try? bytes.write(to: URL(fileURLWithPath: file))
        return bytes.count
    }
    func sum(_ numbers: some Sequence<Int>) -> Int {
        var sum = 0
        for number in numbers { sum = sum &+ number }
        return sum
    }
    func read() -> Int {
        FileManager.default.contents(atPath: file)?.withUnsafeBytes { sum($0.bindMemory(to: Int.self)) } ?? 0
    }
    func source() -> RDD<Int> { context.range(0, count, partitions: 4).map { mixed($0) & 0xFFFF } }

    for level in [StorageLevel.memoryOnly, .memoryOnlySer, .memoryAndDisk, .diskOnly] {
        var (engine, hand) = try await compare(count, repetitions: 3) {
            try await source().persist(level).count()
        } hand: {
            level.usesMemory ? (0..<opaque(count)).map { mixed($0) & 0xFFFF }.count : written()
        }
        table.row("persist(\(level)) (\(level.usesMemory ? "array" : "Data.write"))", engine, hand)
        let kept = source().persist(level)
        _ = try await kept.count()
        (engine, hand) = try await compare(count) { try await kept.reduce { $0 &+ $1 } } hand: {
            level.usesMemory ? sum(numbers) : read()
        }
        table.row("reduce from \(level)", engine, hand)
        kept.unpersist()
    }

    var (engine, hand) = try await compare(count, repetitions: 3) {
        try await source().cache().checkpoint().count()
    } hand: { written() }
    table.row("cache.checkpoint (Data.write)", engine, hand)
    let checkpoint = source().checkpoint()
    _ = try await checkpoint.count()
    (engine, hand) = try await compare(count) { try await checkpoint.reduce { $0 &+ $1 } } hand: { read() }
    table.row("reduce from a checkpoint (Data)", engine, hand)

    func fresh() -> String { folder + "/" + UUID().uuidString }
    (engine, hand) = try await compare(count, repetitions: 3) { try await source().saveAsObjectFile(fresh()) } hand: { written() }
    table.row("saveAsObjectFile (Data.write)", engine, hand)
    let path = fresh()
    try await source().saveAsObjectFile(path)
    let objects = context.objectFile(path, of: Int.self)
    (engine, hand) = try await compare(count) { try await objects.reduce { $0 &+ $1 } } hand: { read() }
    table.row("objectFile.reduce (Data)", engine, hand)
}
