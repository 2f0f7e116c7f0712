import MartletPages
package import MartletThreads

/// The pages of one fetched range. Damaged pages are fetched again, unless the holder's file is damaged.
final class FetchedPages: PageInput {
    private let fetch: FetchLease
    private let index: Int
    private let range: RemoteRange
    private let access: RemoteAccess
    private let cancellation: CancellationFlag?
    private var assembler: PageAssembler
    /// Failures since the last intact page.
    private var failures = 0

    init(_ fetch: FetchLease, _ index: Int, _ cancellation: CancellationFlag?) {
        self.fetch = fetch
        self.index = index
        self.cancellation = cancellation
        range = fetch.ranges[index]
        access = fetch.access
        assembler = PageAssembler(range.path, offset: range.range.lowerBound)
    }

    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool {
        while true {
            let found: Page?
            do {
                found = try assembler.next(elementHash: elementHash)
                if found == nil {
                    try cancellation?.check()
                    if let bytes = try fetch.ahead.next(index) {
                        assembler.append(bytes)
                        continue
                    }
                    try assembler.finish()
                    return false
                }
            } catch let error as FetchFailure {
                guard error.isTransient, try access.waits(&failures, cancellation) else { throw error.after(tries: failures) }
                restart()
                continue
            } catch let error as PageError {
                let rest = range.range.lowerBound + assembler.position..<range.range.upperBound
                try access.judge(error, from: range.executor, &failures, cancellation) {
                    try access.transfer.verify(range.path, at: range.executor, range: rest)
                }
                restart()
                continue
            }
            failures = 0
            guard let found else { return false }
            try body(found)
            return true
        }
    }

    private func restart() {
        assembler.rewind()
        fetch.ahead.restart(index, at: range.range.lowerBound + assembler.position)
    }
}

/// Ranges that are fetched for as long as this object lives.
package final class FetchLease {
    let access: RemoteAccess
    package let ranges: [RemoteRange]
    let ahead: FetchAhead

    /// - Parameter limit: the most bytes that are requested and not yet read.
    package init(_ access: RemoteAccess, _ ranges: [RemoteRange], limit: Int? = nil) {
        self.access = access
        self.ranges = ranges
        ahead = FetchAhead(access, ranges, limit: min(limit ?? .max, access.maxBytesInFlight))
    }

    deinit { ahead.close() }

    /// The elements of one of the ranges, which are read one after the other.
    package func source(
        _ index: Int, _ element: ElementType, _ cancellation: CancellationFlag?, owner: AnyObject? = nil
    ) throws -> BatchSource {
        try ElementPageSource(element, FetchedPages(self, index, cancellation), owner: owner)
    }
}
