import Foundation

/// Sizes and places from the environment, as every program of the comparison reads them.
enum Setup {
    static func int(_ name: String, _ fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? fallback
    }

    static func text(_ name: String, _ fallback: String) -> String {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
    }

    static var data: String { text("PEERS_DATA", "/tmp/peers/data") }
    static var output: String { text("PEERS_OUT", "/tmp/peers/out/martlet") }
    static var repetitions: Int { int("REPS", 3) }
    static var partitions: Int { int("PARTS", 8) }
}

/// Writes `RESULT` lines.
struct Report {
    let job: String

    func emit(_ repetition: Int, _ seconds: Double, _ check: String, _ extra: String = "") {
        let peer = Setup.text("PEER", "martlet")
        let time = String(format: "%.6f", seconds)
        print(
            "RESULT {\"job\":\"\(job)\",\"peer\":\"\(peer)\",\"rep\":\(repetition),\"secs\":\(time),"
                + "\"check\":\"\(check)\"\(extra.isEmpty ? "" : ",")\(extra)}")
        fflush(nil)
    }

    /// Runs and times `body` as often as `REPS` says.
    func repeated(_ count: Int = Setup.repetitions, _ body: () async throws -> (check: String, extra: String)) async throws {
        for repetition in 0..<count {
            let watch = Stopwatch()
            let (check, extra) = try await body()
            emit(repetition, watch.seconds, check, extra)
        }
    }
}

struct Stopwatch {
    private let start = ContinuousClock.now

    var seconds: Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }
}

func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
