/// How often a failed network operation is retried, and the wait before each retry.
package struct RetryPolicy: Sendable, Equatable {
    /// Tries after the first one.
    package let retries: Int
    /// - Units: milliseconds before the first retry; each further wait is twice as long.
    package let firstWait: Int
    /// - Units: milliseconds; no wait is longer.
    package let longestWait: Int

    package init(retries: Int = 3, firstWait: Int = 500, longestWait: Int = 5000) {
        self.retries = retries
        self.firstWait = firstWait
        self.longestWait = longestWait
    }

    /// - Parameter failures: the failures so far, from 1.
    /// - Returns: milliseconds to wait before the next try; nil if there is none.
    package func wait(after failures: Int) -> Int? {
        guard failures <= retries else { return nil }
        return min(longestWait, firstWait << min(failures - 1, 20))
    }
}
