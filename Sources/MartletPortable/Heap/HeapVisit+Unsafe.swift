// Relies on V3.

/// The state of a memory estimate.
struct HeapVisit {
    /// The nesting depth of the recursive values that are being visited.
    var depth = 0
    /// - Units: the cost of visiting collections, roughly in nanoseconds.
    private(set) var cost = 0
    /// How many elements of a collection may be visited, including nested elements.
    private var budget: Int
    /// Collections of at most so many elements are visited completely: 32, and 8, 2, 1 for nested collections.
    private var wholeCount = 32
    private var chance: HeapChance

    /// - Parameter budget: bounds the cost of visiting one value, whatever its size.
    init(seed: UInt64 = 0, budget: Int = 4096) {
        chance = HeapChance(seed: seed)
        self.budget = budget
    }

    /// The estimated bytes of `count` elements, from the bytes that `measure` finds for `samples` of them: all, or one in
    /// sixteen, but at most the budget. Nested collections share the budget.
    ///
    /// - Parameter cost: of visiting one element, roughly in nanoseconds.
    @inline(__always)
    mutating func sampled(
        _ count: Int, cost: Int, _ measure: (_ samples: Int, inout HeapVisit) -> Double
    ) -> Double {
        if count == 0 { return 0 }
        let outer = (budget, wholeCount)
        let samples = min(count, max(1, min(budget, max(wholeCount, count / 16))))
        self.cost += samples * cost
        budget = max(1, budget / samples)
        wholeCount = max(1, wholeCount / 4)
        defer { (budget, wholeCount) = outer }
        return measure(samples, &self)
    }

    /// Picks one element of each of `samples` stretches, whose lengths differ by at most one.
    ///
    /// Each element is as likely to be picked as its neighbours, and the picks have no fixed distance: no periodic pattern
    /// is seen only in part, whatever its period.
    ///
    /// - Parameter look: gets an index, and the number of elements that it represents. Indices ascend.
    @inline(__always)
    mutating func pick(
        _ samples: Int, of count: Int, _ look: (_ index: Int, _ stretch: Double, inout HeapVisit) -> Void
    ) {
        let (length, longer) = count.quotientAndRemainder(dividingBy: samples)
        var start = 0
        for sample in 0..<samples {
            let stretch = length + (sample < longer ? 1 : 0)
            look(start + chance.next(below: stretch), Double(stretch), &self)
            start += stretch
        }
    }
}

/// Chooses the elements to visit: the same ones in every run, at irregular distances.
package struct HeapChance: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    @inline(__always)
    package mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ state &>> 29) &* 0xBF58_476D_1CE4_E5B9
    }

    /// - Returns: a number below `count`, which is positive.
    @inline(__always)
    package mutating func next(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: count)).high)
    }
}

extension ValueNode {
    /// The memory that the elements of an array hold.
    func sampledHeapBytes(_ start: UnsafeRawPointer, count: Int, _ visit: inout HeapVisit) -> Double {
        let stride = facts.witnesses.stride
        return visit.sampled(count, cost: lookCost + 4) { samples, visit in
            if samples == count { return unsafe heapBytes(start, stride: stride, count: count, &visit) }
            var bytes = 0.0
            visit.pick(samples, of: count) { index, stretch, visit in
                unsafe bytes += stretch * heapBytes(start + index * stride, stride: stride, count: 1, &visit)
            }
            return bytes
        }
    }

    /// The memory that one value holds.
    func heapBytes<Value>(of value: Value, _ visit: inout HeapVisit) -> Double {
        if isFlat { return 0 }
        return unsafe withUnsafePointer(to: value) { place in
            unsafe heapBytes(UnsafeRawPointer(place), stride: facts.witnesses.stride, count: 1, &visit)
        }
    }
}

extension HeapVisit {
    /// The memory that the entries of a set or a dictionary hold.
    mutating func sampledEntries<Entries: Collection>(
        of entries: Entries, _ look: (Entries.Element, inout HeapVisit) -> Double
    ) -> Double {
        let count = entries.count
        return sampled(count, cost: 40) { samples, visit in
            if samples == count { return entries.reduce(0) { $0 + look($1, &visit) } }
            // Entries are in the order of hashes, so the beginning of a large table represents it as well as any other
            // part.
            let reach = min(count, samples * 16)
            var (index, position, bytes) = (entries.startIndex, 0, 0.0)
            visit.pick(samples, of: reach) { pick, stretch, visit in
                entries.formIndex(&index, offsetBy: pick - position)
                position = pick
                bytes += stretch * look(entries[index], &visit)
            }
            return bytes * (Double(count) / Double(reach))
        }
    }
}
