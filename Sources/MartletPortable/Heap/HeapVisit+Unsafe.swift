// Relies on V3.

/// Where an estimate of memory stands.
struct HeapVisit {
    /// How many values of recursive types are being looked at inside each other.
    var depth = 0
    /// Elements of a collection that are looked at: 32, in collections inside of one 8, then 2, then 1.
    private var sampleLimit = 32

    /// What `count` elements hold, from what `measure` says that some of them do: `samples` of them, `step` apart.
    @inline(__always)
    mutating func sampled(_ count: Int, _ measure: (_ samples: Int, _ step: Int, inout HeapVisit) -> Double) -> Double {
        if count == 0 { return 0 }
        let limit = sampleLimit
        sampleLimit = max(1, limit / 4)
        defer { sampleLimit = limit }
        if count <= limit { return measure(count, 1, &self) }
        // Odd, since what repeats often does so after 2, 4 or 8 elements.
        let step = (count + limit - 1) / limit | 1
        let samples = (count + step - 1) / step
        return measure(samples, step, &self) * (Double(count) / Double(samples))
    }
}

extension ValueNode {
    /// What the elements of an array hold.
    func sampledHeapBytes(_ start: UnsafeRawPointer, count: Int, _ visit: inout HeapVisit) -> Double {
        visit.sampled(count) { samples, step, visit in
            unsafe heapBytes(start, stride: step * facts.witnesses.stride, count: samples, &visit)
        }
    }

    /// What one value holds.
    func heapBytes<Value>(of value: Value, _ visit: inout HeapVisit) -> Double {
        if isFlat { return 0 }
        return unsafe withUnsafePointer(to: value) { place in
            unsafe heapBytes(UnsafeRawPointer(place), stride: facts.witnesses.stride, count: 1, &visit)
        }
    }
}
