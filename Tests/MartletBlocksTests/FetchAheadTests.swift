@testable import MartletBlocks
import MartletCore
import Synchronization
import Testing

/// Ranges of several files, fetched ahead and in order.
@Suite struct FetchAheadTests {
    /// Bytes that each encode their own position.
    private final class Numbers: BlockTransfer {
        struct State: Sendable {
            var opens: [Range<Int>] = []
            var failuresLeft: Int
        }

        let state: Mutex<State>
        private let chunkBytes: Int
        let onChunk: @Sendable () -> Void

        init(chunkBytes: Int, failures: Int = 0, onChunk: @escaping @Sendable () -> Void = {}) {
            self.chunkBytes = chunkBytes
            state = Mutex(State(failuresLeft: failures))
            self.onChunk = onChunk
        }

        static func byte(_ path: String, _ position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position &* 31 &+ path.utf8.count) }

        func index(of path: String, at executor: ExecutorID) throws(FetchFailure) -> [UInt8] { [] }
        func verify(_ path: String, at executor: ExecutorID, range: Range<Int>?) throws(FetchFailure) -> String? { nil }

        func open(_ path: String, at executor: ExecutorID, range: Range<Int>) throws(FetchFailure) -> any RemoteBytes {
            let fails = state.withLock { state in
                state.opens.append(range)
                state.failuresLeft -= 1
                return state.failuresLeft >= 0
            }
            if fails { throw .unreachable(executor: executor, reason: "test") }
            return Stream(path, range, chunkBytes, onChunk)
        }

        private final class Stream: RemoteBytes {
            private let path: String
            private let chunkBytes: Int
            private let rest: Mutex<Range<Int>>
            private let onChunk: @Sendable () -> Void

            init(_ path: String, _ range: Range<Int>, _ chunkBytes: Int, _ onChunk: @escaping @Sendable () -> Void) {
                self.path = path
                self.chunkBytes = chunkBytes
                self.onChunk = onChunk
                rest = Mutex(range)
            }

            func next() throws(FetchFailure) -> [UInt8]? {
                onChunk()
                let part = rest.withLock { rest in
                    let part = rest.prefix(chunkBytes)
                    rest = part.upperBound..<rest.upperBound
                    return part
                }
                return part.isEmpty ? nil : part.map { Numbers.byte(path, $0) }
            }
        }
    }

    private func ranges(_ count: Int) -> [RemoteRange] {
        (0..<count).map {
            RemoteRange(
                path: String(repeating: "x", count: $0), executor: ExecutorID($0 % 3),
                range: $0 * 10..<$0 * 10 + $0 * 777 % 5000)
        }
    }

    /// All bytes arrive, in order, and the bytes requested and not yet read stay below the limit.
    @Test(arguments: [0, 1, 2, 8], [1, 50, 3000, 100_000])
    func inOrder(_ threads: Int, _ limit: Int) throws {
        let largest = Mutex(0)
        let ahead = Mutex<FetchAhead?>(nil)
        let transfer = Numbers(chunkBytes: 700) {
            // The limit holds whenever bytes arrive.
            guard let ahead = ahead.withLock({ $0 }) else { return }
            let now = ahead.outstanding
            largest.withLock { $0 = max($0, now) }
        }
        let access = RemoteAccess(transfer, pool: FetchPool(threads: threads), maxBytesInFlight: limit, pause: { _, _ in })
        let ranges = ranges(limit == 1 ? 4 : 60)
        let fetch = FetchAhead(access, ranges, limit: limit)
        ahead.withLock { $0 = fetch }
        for (index, range) in ranges.enumerated() {
            var found: [UInt8] = []
            while let bytes = try fetch.next(index) { found += bytes }
            #expect(found == range.range.map { Numbers.byte(range.path, $0) })
        }
        #expect(fetch.outstanding == 0 && largest.withLock { $0 } <= limit)
        fetch.close()
        ahead.withLock { $0 = nil }
    }

    /// Failed or rejected chunks are fetched again from the position that the reader names.
    @Test(arguments: [0, 1, 4])
    func again(_ threads: Int) throws {
        let transfer = Numbers(chunkBytes: 100, failures: 3)
        let access = RemoteAccess(transfer, pool: FetchPool(threads: threads), pause: { _, _ in })
        let ranges = (0..<4).map { RemoteRange(path: "p\($0)", executor: ExecutorID(0), range: 0..<1000) }
        let fetch = FetchAhead(access, ranges, limit: 1 << 20)
        for (index, range) in ranges.enumerated() {
            var found: [UInt8] = []
            var restarts = 0
            while true {
                do {
                    guard let bytes = try fetch.next(index) else { break }
                    if found.count >= 400, restarts < 2 {
                        // The reader rejects this chunk.
                        restarts += 1
                        fetch.restart(index, at: found.count)
                        continue
                    }
                    found += bytes
                } catch {
                    #expect(error.isTransient)
                    fetch.restart(index, at: found.count)
                }
            }
            #expect(found == range.range.map { Numbers.byte(range.path, $0) })
        }
        #expect(fetch.outstanding == 0)
        fetch.close()
    }

    /// Several readers share the threads, and none waits for a reader that does not read.
    @Test func readersDoNotWaitForEachOther() throws {
        let transfer = Numbers(chunkBytes: 100)
        let access = RemoteAccess(transfer, pool: FetchPool(threads: 2), pause: { _, _ in })
        let ranges = (0..<20).map { RemoteRange(path: "p\($0)", executor: ExecutorID(0), range: 0..<1000) }
        let fetches = (0..<10).map { _ in FetchAhead(access, ranges, limit: 600) }
        for fetch in fetches.reversed() {
            for index in ranges.indices { while try fetch.next(index) != nil {} }
            #expect(fetch.outstanding == 0)
        }
        for fetch in fetches { fetch.close() }
    }

    @Test(arguments: [0, 1, 5], [0, 1, 3, 1000])
    func forEachCallsEachOnce(_ threads: Int, _ count: Int) {
        let calls = Mutex<[Int: Int]>([:])
        FetchPool(threads: threads).forEach(count) { index in calls.withLock { $0[index, default: 0] += 1 } }
        #expect(calls.withLock { $0.count == count && $0.values.allSatisfy { $0 == 1 } })
    }
}
