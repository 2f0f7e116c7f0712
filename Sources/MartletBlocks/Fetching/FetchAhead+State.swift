extension FetchAhead {
    struct State: Sendable {
        var requests: [Request]
        /// Bytes requested and not yet read.
        var outstanding = 0
        /// The range that is being read, or is next.
        var current = 0
        /// All ranges before this one have been requested and have arrived.
        var complete = 0
        /// Pool threads that fetch for this reader, or are queued to.
        var runs = 0
        var isClosed = false
    }

    struct Request: Sendable {
        /// Chunks that have arrived and are not yet read, the next one last.
        var chunks: [[UInt8]] = []
        /// Where the next piece begins.
        var position: Int
        /// Bytes of the requested piece that have not arrived.
        var missing = 0
        var stream: (any RemoteBytes)?
        /// A thread is fetching.
        var isBusy = false
        var failure: FetchFailure?
        /// Counts the restarts: a chunk requested before the last restart is dropped.
        var generation = 0
    }

    /// One step of fetching: a chunk of a request.
    struct Step {
        let index: Int
        let generation: Int
        let stream: (any RemoteBytes)?
        let piece: Range<Int>
    }
}
