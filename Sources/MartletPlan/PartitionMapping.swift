/// Which partitions of its parent a partition reads through a narrow dependency.
public enum PartitionMapping: Sendable, Equatable {
    /// Partition i reads partition i, as in `map`.
    case oneToOne

    /// `count` partitions from `childStart` on read as many from `parentStart` on; the others read
    /// nothing of this parent. A union has one such mapping per parent.
    case range(childStart: Int, parentStart: Int, count: Int)

    /// Partition i reads the partitions `groups[i]`, as in `coalesce`.
    case groups([[Int]])

    /// Partition i reads partition i / n: the left side of a product with n partitions on its right.
    case quotient(Int)

    /// Partition i reads partition i modulo n: the right side of a product. Modulo 1, all read partition 0.
    case remainder(Int)

    /// Partition i reads the partitions after i of a parent with as many partitions as the child.
    case following(partitionCount: Int)

    /// The partitions of the parent that partition `child` reads, in the order of reading.
    public func parents(of child: Int) -> [Int] {
        switch self {
        case .oneToOne:
            [child]
        case .range(let childStart, let parentStart, let count):
            child >= childStart && child < childStart + count ? [child - childStart + parentStart] : []
        case .groups(let groups):
            groups[child]
        case .quotient(let divisor):
            [child / divisor]
        case .remainder(let divisor):
            [child % divisor]
        case .following(let count):
            Array(min(child + 1, count)..<count)
        }
    }

    /// The mistake in a mapping between RDDs of these sizes; nil when there is none.
    func mistake(childCount: Int, parentCount: Int) -> String? {
        switch self {
        case .oneToOne:
            return childCount == parentCount ? nil : "\(childCount) partitions read \(parentCount) one to one"
        case .range(let childStart, let parentStart, let count):
            let fits =
                childStart >= 0 && parentStart >= 0 && count >= 0
                && count <= childCount - childStart && count <= parentCount - parentStart
            return fits ? nil : "a range of \(count) partitions does not fit"
        case .groups(let groups):
            guard groups.count == childCount else {
                return "\(groups.count) groups for \(childCount) partitions"
            }
            let outside = groups.lazy.joined().first { $0 < 0 || $0 >= parentCount }
            return outside.map { "partition \($0) of \(parentCount) does not exist" }
        case .quotient(let divisor):
            let fits = childCount == 0 || (divisor > 0 && (childCount - 1) / divisor < parentCount)
            return fits ? nil : "\(childCount) partitions divided by \(divisor) do not fit \(parentCount)"
        case .remainder(let divisor):
            let fits = childCount == 0 || (divisor > 0 && min(divisor, childCount) <= parentCount)
            return fits ? nil : "\(childCount) partitions modulo \(divisor) do not fit \(parentCount)"
        case .following(let count):
            return childCount == count && parentCount == count
                ? nil : "\(childCount) partitions read those after theirs of \(parentCount)"
        }
    }
}
