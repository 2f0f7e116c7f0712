import MartletCore

/// Bounds of a number in an argument, with the error text for numbers outside of the bounds. All such numbers are checked
/// before they are used.
struct CountLimit: Sendable {
    let range: ClosedRange<Int>
    /// The refused operation: "cannot make 0 partitions".
    private let refusal: @Sendable (_ count: Int) -> String
    /// Why there cannot be fewer.
    private let least: String
    /// Why there cannot be more.
    private let most: String

    private init(
        _ range: ClosedRange<Int>, least: String = "", most: String = "", _ refusal: @escaping @Sendable (_ count: Int) -> String
    ) {
        (self.range, self.least, self.most, self.refusal) = (range, least, most, refusal)
    }

    /// Why a number is refused; nil if it is not.
    func problem(with count: Int) -> String? {
        if range.contains(count) { return nil }
        let reason = count < range.lowerBound ? least : most
        return reason.isEmpty ? refusal(count) : "\(refusal(count)); \(reason)"
    }

    /// - Throws: `ArgumentError`, for a number outside of the bounds.
    func check(_ count: Int, _ operation: String, _ site: CallSite) throws(ArgumentError) {
        guard let problem = problem(with: count) else { return }
        throw ArgumentError(operation: operation, callSite: site, problem: problem)
    }
}

extension CountLimit {
    /// Partitions of an RDD.
    static let partitions = CountLimit(
        1...1 << 24, least: "there must be at least 1",
        most: "there can be 16777216 at most, since each is a task that the driver keeps a record of"
    ) { "cannot make \($0) partitions" }

    /// Partitions that rows are shuffled into.
    static let shuffledPartitions = CountLimit(
        1...1_000_000, least: "there must be at least 1",
        most: "rows can be shuffled into 1000000 at most, since each task that writes them keeps a buffer for every one"
    ) { "cannot make \($0) partitions" }

    /// Elements that an action returns. No more are held than exist.
    static let taken = CountLimit(0...Int.max) { "cannot take \($0) elements" }

    /// Elements that are counted at the same time.
    static let counters = CountLimit(1...Int.max) { "there must be at least 1 counter, not \($0)" }

    /// Buckets of a histogram.
    static let buckets = CountLimit(
        1...1_000_000, least: "there must be at least 1",
        most: "there can be 1000000 at most, since each task keeps a count for every one; round the numbers and use countByValue for more"
    ) { "cannot make \($0) buckets" }

    /// Elements of a window. No more are held than exist.
    static let windowElements = CountLimit(1...Int.max) { "a window cannot have \($0) elements" }

    /// The distance from one window to the next.
    static let windowStep = CountLimit(1...Int.max) { "windows cannot be \($0) elements apart" }

    /// Levels of a tree.
    static let treeDepth = CountLimit(1...Int.max) { "a tree has at least 1 level, not \($0)" }

    /// Bytes of a record.
    static let recordBytes = CountLimit(
        1...1 << 30, most: "it can have 1073741824 at most, since tasks hold a record in memory"
    ) { "a record cannot have \($0) bytes" }

    /// Elements of a sample that is drawn without replacement. No more are held than exist.
    static let drawnOnce = CountLimit(0...Int.max) { "cannot draw \($0) elements" }

    /// Elements of a sample that is drawn with replacement: as many as requested, however few exist.
    static func drawn(bytesOfEach: Int, memoryBytes: Int) -> CountLimit {
        let most = memoryBytes / max(1, bytesOfEach)
        return CountLimit(
            0...most, most: "\(most) can be at most, since the caller holds them in memory (\(ByteSize.rounded(memoryBytes)), "
                + "see martlet.executor.memory); sample gives an RDD"
        ) { "cannot draw \($0) elements" }
    }
}

extension RDD {
    /// An RDD that cannot be computed if `count` is outside of the bounds.
    func broken<Output: Sendable>(
        _ operation: String, _ site: CallSite, unless count: Int, isWithin limit: CountLimit
    ) -> RDD<Output>? {
        context.broken(operation, site, unless: count, isWithin: limit)
    }
}

extension MartletContext {
    /// An RDD that cannot be computed if `count` is outside of the bounds.
    func broken<Element>(
        _ operation: String, _ site: CallSite, unless count: Int, isWithin limit: CountLimit
    ) -> RDD<Element>? {
        limit.problem(with: count).map { broken(operation, site, Element.self, .problem($0)) }
    }
}
