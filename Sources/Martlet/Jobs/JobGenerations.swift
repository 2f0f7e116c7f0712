import Synchronization

/// Keeps what was taken away while jobs ran that may still read it, until these jobs have gone.
final class JobGenerations: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var current = Generation()
        /// Somebody has joined the current one.
        var isJoined = false
        /// The last one that somebody has joined, as long as there is somebody.
        weak var joined: Generation?
    }

    /// Jobs that began between two times that something was taken away. Keeps what was taken away since.
    final class Generation: Sendable {
        fileprivate let kept = Mutex<(values: [any Sendable], next: Generation?)>(([], nil))
    }

    /// A new job holds this as long as it lives.
    func join() -> Generation {
        state.withLock { state in
            state.isJoined = true
            return state.current
        }
    }

    /// Keeps a value until all jobs have gone that have joined so far.
    func keep(_ value: any Sendable) {
        let left: Generation? = state.withLock { state in
            guard state.isJoined else {
                state.joined?.kept.withLock { $0.values.append(value) }
                return nil
            }
            // Older ones refer to this one, and so keep the value as well.
            let (old, new) = (state.current, Generation())
            old.kept.withLock { $0 = ([value], new) }
            (state.current, state.isJoined, state.joined) = (new, false, old)
            return old
        }
        // It may be the last reference, which lets go of the value.
        withExtendedLifetime(left) {}
    }
}
