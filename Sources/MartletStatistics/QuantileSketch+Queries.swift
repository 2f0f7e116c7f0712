extension QuantileSketch {
    /// The element such that about the fraction `probability` of all elements is not larger; nil for an empty sketch.
    ///
    ///     var sketch = QuantileSketch<String>()
    ///     for word in ["a", "b", "c"] { sketch.add(word) }
    ///     sketch.quantile(1)   // Optional("c")
    ///
    /// - Parameter probability: 0 for the smallest element to 1 for the largest.
    @inlinable
    public func quantile(_ probability: Double) -> Element? { quantiles([probability]).first }

    /// One element for each probability, in their order; none for an empty sketch.
    ///
    ///     var sketch = QuantileSketch<Int>()
    ///     for number in 1...4 { sketch.add(number) }
    ///     sketch.quantiles([0.25, 0.5, 1])   // [1, 2, 4]
    ///
    /// - Complexity: O(s log s) for a sketch that keeps s elements, however many probabilities there are.
    @inlinable
    public func quantiles(_ probabilities: [Double]) -> [Element] {
        precondition(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 }, "probabilities are 0 to 1")
        guard let smallest, let largest else { return [] }
        let kept = weighted()
        return probabilities.map { probability in
            if probability == 0 { return smallest }
            if probability == 1 { return largest }
            let wanted = Int((probability * Double(elementCount)).rounded(.up))
            var (low, high) = (0, kept.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if kept[middle].rank >= wanted { high = middle } else { low = middle + 1 }
            }
            return kept[low].element
        }
    }

    /// The approximate fraction of the elements that are not larger than `element`; NaN for an empty sketch.
    ///
    ///     var sketch = QuantileSketch<Int>()
    ///     for number in 1...4 { sketch.add(number) }
    ///     sketch.rank(of: 3)   // 0.75
    @inlinable
    public func rank(of element: Element) -> Double {
        var below = newest.lazy.filter { $0 <= element }.count
        for level in levels.indices {
            below += levels[level].lazy.filter { $0 <= element }.count << (level + 1)
        }
        return Double(below) / Double(elementCount)
    }

    /// The kept elements in order, each with the number of elements up to it.
    @inlinable
    func weighted() -> [(element: Element, rank: Int)] {
        var kept: [(element: Element, rank: Int)] = newest.map { ($0, 1) }
        for level in levels.indices { kept += levels[level].map { ($0, 2 << level) } }
        kept.sort { $0.element < $1.element }
        for index in kept.indices.dropFirst() { kept[index].rank += kept[index - 1].rank }
        return kept
    }
}
