
/// Calls a function repeatedly, on a thread of its own, until the ticker is stopped or released.
package final class Ticker: Sendable {
    private let isStopped = Monitor(false)

    /// - Parameter tick: must not keep the ticker.
    package init(every interval: Duration, _ tick: @escaping @Sendable () -> Void) {
        startDetachedThread("a ticker", stackBytes: 1 << 20) { [isStopped] in
            while isStopped.wait(atMost: interval, for: { $0 ? () : nil }) == nil { tick() }
        }
    }

    deinit { stop() }

    package func stop() { isStopped.change(waking: .max) { $0 = true } }
}
