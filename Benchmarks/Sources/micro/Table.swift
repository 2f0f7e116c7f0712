import Foundation

/// Prints one row for each measurement: the engine's time, the hand-written loop's, and their ratio.
struct Table {
    init() { print(pad("what", 44) + pad("engine", 11) + pad("by hand", 11) + pad("ratio", 8) + "unit") }

    func row(_ name: String, _ engine: Double, _ hand: Double?, _ unit: String = "ns/element") {
        let handText = hand.map { String(format: "%.2f", $0) } ?? "-"
        let ratio = hand.map { String(format: "%.2f", engine / $0) } ?? "-"
        print(pad(name, 44) + pad(String(format: "%.2f", engine), 11) + pad(handText, 11) + pad(ratio, 8) + unit)
        fflush(nil)
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

/// Nanoseconds for each of `count` elements: the best of several runs, engine and hand in turn, so that both meet the
/// same noise.
func compare<A, B>(
    _ count: Int, repetitions: Int = 7, engine: () async throws -> A, hand: () -> B
) async throws -> (engine: Double, hand: Double) {
    var best = (engine: Double.infinity, hand: Double.infinity)
    for _ in 0..<repetitions {
        best.engine = min(best.engine, try await nanoseconds { blackHole(try await engine()) } / Double(count))
        best.hand = min(best.hand, await nanoseconds { blackHole(hand()) } / Double(count))
    }
    return best
}

func nanoseconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    let elapsed = ContinuousClock.now - start
    return Double(elapsed.components.seconds) * 1e9 + Double(elapsed.components.attoseconds) * 1e-9
}

/// Keeps the optimiser from dropping a result.
@inline(never) @_optimize(none)
func blackHole<Value>(_ value: Value) { withExtendedLifetime(value) {} }

/// Hides a value from the optimiser.
@inline(never) @_optimize(none)
func opaque<Value>(_ value: Value) -> Value { value }
