import MartletThreads

/// Fetches ranges of other executors' files ahead of their reader, in reading order.
///
/// Ranges are requested in pieces, so that the bytes requested and not yet read never exceed the limit: the range that is being
/// read may always have one piece, the other ranges share the rest. The reader itself fetches pieces that no thread has begun.
///
/// One thread reads; the pool's threads fetch.
package final class FetchAhead: Sendable {
    private let access: RemoteAccess
    private let ranges: [RemoteRange]
    private let limit: Int
    private let pieceBytes: Int
    private let state: Monitor<State>

    /// Fetches that run at the same time for one reader.
    private static var runsMax: Int { 4 }

    /// - Parameter limit: the most bytes that are requested and not yet read.
    package init(_ access: RemoteAccess, _ ranges: [RemoteRange], limit: Int) {
        self.access = access
        self.ranges = ranges
        self.limit = max(1, limit)
        pieceBytes = max(1, min(limit, max(limit / 5, 64 << 10)))
        state = Monitor(State(requests: ranges.map { Request(position: $0.range.lowerBound) }))
        extend()
    }

    /// Ends the fetching: the reader needs no more bytes.
    package func close() {
        var dropped: [Request] = []
        state.change(waking: .max) { state in
            state.isClosed = true
            swap(&dropped, &state.requests)
        }
        // Streams end here, outside of the lock.
        withExtendedLifetime(dropped) {}
    }

    /// Bytes requested and not yet read.
    package var outstanding: Int { state.wait { $0.outstanding } }

    /// The next bytes of a range; nil at its end. Ranges are read one after the other.
    package func next(_ index: Int) throws(FetchFailure) -> [UInt8]? {
        while true {
            let result = state.wait { state in self.look(&state, index) }
            switch result {
            case .chunk(let bytes):
                extend()
                return bytes
            case .end: return nil
            case .failure(let error): throw error
            case .step(let step): perform(step)
            }
        }
    }

    private enum Look {
        case chunk([UInt8])
        case end
        case failure(FetchFailure)
        case step(Step)
    }

    /// The next result for the reader; nil while a thread is fetching it.
    private func look(_ state: inout State, _ index: Int) -> Look? {
        state.current = index
        if let chunk = state.requests[index].chunks.popLast() {
            state.outstanding -= chunk.count
            return .chunk(chunk)
        }
        if let failure = state.requests[index].failure { return .failure(failure) }
        if isAtEnd(state.requests[index], index) { return .end }
        if state.requests[index].isBusy { return nil }
        return begin(&state, index).map { .step($0) }
    }

    /// Drops the unread chunks of a range, and fetches it again from a position on.
    package func restart(_ index: Int, at position: Int) {
        state.change(waking: .max) { state in
            let request = state.requests[index]
            state.outstanding -= request.missing + request.chunks.reduce(0) { $0 + $1.count }
            var again = Request(position: position)
            again.generation = request.generation + 1
            state.requests[index] = again
            state.complete = min(state.complete, index)
        }
        extend()
    }

    private func isAtEnd(_ request: Request, _ index: Int) -> Bool {
        request.missing == 0 && request.position >= ranges[index].range.upperBound
    }

    private func skipComplete(_ state: inout State) {
        while state.complete < state.requests.count, isAtEnd(state.requests[state.complete], state.complete) {
            state.complete += 1
        }
    }

    /// Marks a step of one request as begun, if the limit allows it.
    private func begin(_ state: inout State, _ index: Int) -> Step? {
        let request = state.requests[index]
        guard !request.isBusy, request.failure == nil, !isAtEnd(request, index) else { return nil }
        var piece = request.position - request.missing..<request.position
        if request.missing == 0 {
            piece = request.position..<min(request.position + pieceBytes, ranges[index].range.upperBound)
            let isNext = index == state.current && request.chunks.isEmpty
            // The range that is being read always has room for its piece.
            guard isNext || state.outstanding + piece.count <= limit - pieceBytes else { return nil }
            state.outstanding += piece.count
            state.requests[index].missing = piece.count
            state.requests[index].position = piece.upperBound
        }
        state.requests[index].isBusy = true
        return Step(index: index, generation: request.generation, stream: request.stream, piece: piece)
    }

    /// Fetches a chunk.
    private func perform(_ step: Step) {
        let range = ranges[step.index]
        var (stream, chunk, failure) = (step.stream, nil as [UInt8]?, nil as FetchFailure?)
        do throws(FetchFailure) {
            if stream == nil { stream = try access.transfer.open(range.path, at: range.executor, range: step.piece) }
            chunk = try stream?.next()
            let found = chunk?.count ?? 0
            if found == 0 || found > step.piece.count {
                throw .length(path: range.path, executor: range.executor, expected: step.piece.count, found: found)
            }
        } catch {
            failure = error
        }
        state.change(waking: .max) { state in
            guard !state.isClosed, state.requests[step.index].generation == step.generation else { return }
            state.requests[step.index].isBusy = false
            if let failure {
                state.requests[step.index].failure = failure
                state.requests[step.index].stream = nil
            } else if let chunk {
                state.requests[step.index].chunks.insert(chunk, at: 0)
                state.requests[step.index].missing -= chunk.count
                state.requests[step.index].stream = state.requests[step.index].missing > 0 ? stream : nil
            }
        }
    }

    /// Schedules fetches on the pool's threads.
    private func extend() {
        var added = 0
        state.change(waking: 0) { state in
            guard !state.isClosed else { return }
            skipComplete(&state)
            let wanted = min(Self.runsMax, state.requests.count - max(state.current, state.complete))
            added = max(0, wanted - state.runs)
            state.runs += added
        }
        for _ in 0..<added { addRun() }
    }

    private func addRun() { access.pool.add { [self] in run() } }

    /// Performs one step, then queues behind other readers.
    private func run() {
        let step: Step?? = state.wait { state in
            guard !state.isClosed else { return .some(nil) }
            skipComplete(&state)
            var index = max(state.current, state.complete)
            while index < state.requests.count {
                if let step = begin(&state, index) { return .some(step) }
                let isWaiting = state.requests[index].isBusy || state.requests[index].failure != nil
                // A range without room blocks the ranges behind it: they are fetched in reading order.
                guard isWaiting || isAtEnd(state.requests[index], index) else { break }
                index += 1
            }
            state.runs -= 1
            return .some(nil)
        }
        guard let step, let step else { return }
        perform(step)
        addRun()
    }
}
