import MartletPortable

/// The bytes that rows hold outside of themselves (long strings, arrays), estimated from a sample of the rows.
///
/// All rows of plain texts are visited. Of other rows, one row of each stretch is visited, chosen at random: no row is more
/// likely to be chosen than its neighbours, and no pattern of long and short rows is seen only in part. Stretches are short
/// at first, and at most 16 rows long; the more bytes rows hold, the shorter the stretches, since the cost is limited to
/// about a nanosecond per row and one per 128 bytes in it.
///
/// The choice of rows depends on the rows and their order alone, not on their division into batches.
///
/// - Invariant: M9. Where none of n visited rows holds more than r times the mean, the estimate is wrong by more than r ×
///   √(11/n) of the whole for less than one pattern in a billion (Hoeffding's bound), and rows that occur every p rows are
///   visited after 16 p rows on average.
public struct HeapEstimate {
    /// nil if rows refer to nothing, or to values that cannot be visited.
    private let coder: ValueCoder?
    private let stride: Int
    /// - Units: bytes.
    public private(set) var bytes = 0
    /// Rows so far, including released ones.
    private var rowCount = 0
    private var sample: HeapSample

    public init(_ element: ElementType) {
        let coder = element.isBitwise ? nil : try? ValueCoder.of(element.type)
        self.coder = coder?.isFlat == true ? nil : coder
        stride = element.stride
        sample = HeapSample(lookCost: self.coder?.lookCost ?? 0)
    }

    /// Adds the next rows, which are only read.
    public mutating func add(_ batch: RawBatch) {
        guard let coder, batch.count > 0 else { return }
        defer { rowCount += batch.count }
        if sample.takesAll { return bytes += coder.heapBytes(batch.base, count: batch.count) }
        while sample.next < rowCount + batch.count {
            let place = batch.base + (sample.next - rowCount) * stride
            let seen = coder.look(place, count: 1, seed: UInt64(truncatingIfNeeded: sample.next))
            bytes += seen.bytes * sample.stretch
            sample.looked(seen.bytes, cost: seen.extraCost)
        }
    }

    /// Adds bytes that were estimated elsewhere.
    public mutating func add(bytes added: Int) { bytes += added }

    /// The rows have been released.
    public mutating func reset() { bytes = 0 }
}

/// Chooses the rows to visit: one in each stretch.
struct HeapSample {
    /// The next row to visit.
    private(set) var next = 0
    /// How many rows it represents.
    private(set) var stretch = 1
    private var end = 1
    private var chance = HeapChance(seed: 1)
    private let lookCost: Int
    private var looks = 0
    /// Totals of the visited rows, weighted by the rows that each represents.
    private var (rows, bytes, cost) = (0.0, 0.0, 0.0)

    static var longestStretch: Int { 16 }

    init(lookCost: Int) { self.lookCost = lookCost }

    /// Visiting all rows costs no more than choosing some.
    var takesAll: Bool { lookCost <= 2 }

    /// The row has been visited.
    mutating func looked(_ seen: Int, cost extra: Int) {
        looks += 1
        rows += Double(stretch)
        bytes += Double(seen) * Double(stretch)
        cost += Double(lookCost + extra) * Double(stretch)
        let allowed = rows + bytes / 128
        // The first rows are visited one by one.
        stretch = max(1, min(Int(min(cost / allowed, 16)), 1 + end / 64, Self.longestStretch))
        next = end + chance.next(below: stretch)
        end += stretch
    }
}

extension ElementType {
    /// Why elements cannot be written to disk; nil if they can.
    public var encodingProblem: (any Error)? {
        do {
            _ = try ValueCoder.of(type)
            return nil
        } catch {
            return error
        }
    }
}
