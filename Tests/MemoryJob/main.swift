// Runs a job with little memory in a process of its own, and prints its peak memory.
//
//     memory-job OPERATION MEMORY DATA PERIOD PHASE FOLDER
//
// Rows are short, except one of each PERIOD, the PHASEth, which has a text of 4000 bytes; all long texts amount to DATA
// MiB. MEMORY is the memory of the context, in MiB. FOLDER is the directory of spills. Prints the outcome, and `peak N`:
// the peak memory of the process, in MiB above its memory at the start of the job.

import Foundation
import Martlet

let arguments = CommandLine.arguments
guard arguments.count == 7, let memory = Int(arguments[2]), let data = Int(arguments[3]), let period = Int(arguments[4]),
    let phase = Int(arguments[5])
else {
    print("usage: memory-job OPERATION MEMORY DATA PERIOD PHASE FOLDER")
    exit(2)
}

/// - Units: bytes.
func status(_ name: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
}

let context = try MartletContext(
    master: "local[2]",
    settings: Settings(parsing: [
        "martlet.ui.progress=off", "martlet.local.dir=\(arguments[6])", "martlet.executor.memory=\(memory)m",
        "martlet.io.compression.codec=none", "martlet.portable.check=false",
    ]))
let count = data << 20 / 4000 * period
let filler = String(repeating: "x", count: 3990)

/// A text that no other row shares.
@Sendable func text(_ number: Int, _ period: Int, _ phase: Int, _ filler: String) -> String {
    number % period == phase ? "\(number) " + filler : "short"
}

func outcome(_ action: () async throws -> Int) async -> String {
    do {
        return "counted \(try await action())"
    } catch {
        return "failed: \("\(error)".split(separator: "\n").joined(separator: " "))"
    }
}

/// Kinds of rows: they are visited differently.
func run<Value: Sendable & Comparable>(_ value: @escaping @Sendable (Int) -> Value) async throws -> Int {
    let rows = context.range(0, count, partitions: 4).map { ($0, value($0)) }
    switch arguments[1].split(separator: ",")[0] {
    case "cache": return try await rows.cache().count()
    case "persist": return try await rows.persist(.memoryAndDisk).count()
    case "group": return try await rows.map { ($0.0 % 5003, $0.1) }.groupByKey(partitions: 4).map(\.1.count).reduce(+)
    case "sort": return try await rows.sortBy(partitions: 4) { -$0.0 }.count()
    case "join": return try await rows.join(rows.mapValues { _ in 1 }, partitioner: .hash(4)).count()
    case "cogroup": return try await rows.cogroup(rows.mapValues { _ in 1 }, partitioner: .hash(4)).count()
    case "repartition": return try await rows.repartition(5).count()
    case "distinct": return try await rows.map { "\($0.1)" }.distinct(partitions: 4).count()
    default:
        print("unknown operation")
        exit(2)
    }
}

let start = status("VmRSS")
let result: String
switch arguments[1].split(separator: ",").last.map(String.init) {
case "optional":
    result = await outcome {
        try await run { number in OptionalText(text: number % 3 == 0 && number % period != phase ? nil : text(number, period, phase, filler)) }
    }
case "onekey":
    // Adds values of one key until they are refused.
    result = await outcome {
        try await context.range(0, data << 17, partitions: 4).map { (1, $0) }.groupByKey(partitions: 1).map(\.1.count).reduce(+)
    }
case "onekeytexts":
    result = await outcome {
        try await context.range(0, count, partitions: 4).map { (1, text($0, period, phase, filler)) }
            .groupByKey(partitions: 1).map(\.1.count).reduce(+)
    }
default: result = await outcome { try await run { text($0, period, phase, filler) } }
}
print(result)
print("peak \((status("VmHWM") - start) >> 20)")
context.stop()

/// A value that is not plain text: only some rows are visited.
struct OptionalText: Sendable, Comparable, CustomStringConvertible {
    let text: String?
    static func < (left: OptionalText, right: OptionalText) -> Bool { (left.text ?? "") < (right.text ?? "") }
    var description: String { text ?? "none" }
}
