extension FetchAhead {
    struct State: Sendable {
        var requests: [Request]
        /// Asked for and not yet read.
        var outstanding = 0
        /// What is being read, or will be next.
        var current = 0
        /// All of the ranges before this one was asked for and has come.
        var complete = 0
        /// Pool threads that fetch for this reader, or are queued to.
        var runs = 0
        var isClosed = false
    }

    struct Request: Sendable {
        /// What has come and is not read, the next one last.
        var chunks: [[UInt8]] = []
        /// Where the next piece begins.
        var position: Int
        /// What is still to come of the piece that was asked for.
        var missing = 0
        var stream: (any RemoteBytes)?
        /// A thread is fetching.
        var isBusy = false
        var failure: TransferError?
        /// Counts the restarts: what comes from before one is not wanted.
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
