import Synchronization

/// Retains removed values that running jobs may still read, until these jobs are released.
package final class JobGenerations: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var current = Generation()
        /// Whether a job has joined the current generation.
        var isJoined = false
        /// The last generation that a job has joined, as long as such a job exists.
        weak var joined: Generation?
    }

    /// The jobs that began between two removals. Retains the values that were removed since.
    package final class Generation: Sendable {
        fileprivate let kept = Mutex<(values: [any Sendable], next: Generation?)>(([], nil))
    }

    /// The current generation, which a new job holds as long as it lives.
    package func join() -> Generation {
        state.withLock { state in
            state.isJoined = true
            return state.current
        }
    }

    /// Retains a value until all jobs that have joined so far are released.
    package func keep(_ value: any Sendable) {
        let left: Generation? = state.withLock { state in
            guard state.isJoined else {
                state.joined?.kept.withLock { $0.values.append(value) }
                return nil
            }
            // Older generations refer to this one, and so retain the value as well.
            let (old, new) = (state.current, Generation())
            old.kept.withLock { $0 = ([value], new) }
            (state.current, state.isJoined, state.joined) = (new, false, old)
            return old
        }
        // This may be the last reference, which releases the value.
        withExtendedLifetime(left) {}
    }
}
