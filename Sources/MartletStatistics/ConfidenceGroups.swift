extension ConfidenceEstimates {
    /// Estimates the number of elements of each group in all partitions from the known ones. The result lacks groups that
    /// no known partition has.
    ///
    ///     let estimates = ConfidenceEstimates(partitionCount: 2, confidence: 0.95)
    ///     estimates.counts([["a": 2], ["a": 1]])["a"]?.mean   // Optional(3.0)
    ///
    /// - Complexity: O(entries); intervals are computed once for groups with the same counts.
    public func counts<Group: Hashable>(_ parts: [[Group: Int]]) -> [Group: BoundedDouble] {
        var groups: [Group: KnownPartitions] = [:]
        for part in parts {
            for (group, count) in part {
                groups[group, default: KnownPartitions(parts.count, of: partitionCount)].add(Double(count))
            }
        }
        var known: [KnownPartitions: BoundedDouble] = [:]
        let quantile = quantile(degrees: Double(parts.count - 1))
        return groups.mapValues { counts in
            if let bound = known[counts] { return bound }
            let bound = count(counts, quantile: quantile)
            known[counts] = bound
            return bound
        }
    }
}
