/// Lets threads wait before a retry, no longer than their task is wanted.
package final class BackOff: Sendable {
    private let cancellations = Monitor(0)

    package init() {}

    /// Blocks the calling thread for this many milliseconds, or until its task is cancelled.
    package func pause(_ milliseconds: Int, _ cancellation: CancellationFlag?) {
        _ = cancellations.wait(atMost: .milliseconds(milliseconds)) { _ in
            cancellation?.isCancelled == true ? () : nil
        }
    }

    /// Wakes the waiting threads to check their tasks, as some task has been cancelled.
    package func wake() { cancellations.change(waking: .max) { $0 += 1 } }
}
