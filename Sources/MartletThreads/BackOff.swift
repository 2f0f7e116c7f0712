/// Where threads wait before they try something again: no longer than their task is wanted.
package final class BackOff: Sendable {
    private let cancellations = Monitor(0)

    package init() {}

    /// Blocks the calling thread for so many milliseconds, or until its task is cancelled.
    package func pause(_ milliseconds: Int, _ cancellation: CancellationFlag?) {
        _ = cancellations.wait(atMost: .milliseconds(milliseconds)) { _ in
            cancellation?.isCancelled == true ? () : nil
        }
    }

    /// Some task has been cancelled.
    package func wake() { cancellations.change(waking: .max) { $0 += 1 } }
}
