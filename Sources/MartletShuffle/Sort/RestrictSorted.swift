public import MartletBlocks

/// Leaves out the rows at both ends of a sorted partition, without visiting all of them. Does nothing to
/// other sources, which have to be filtered.
///
/// - Parameters:
///   - isBefore: a row comes before the wanted ones. True for none but the first rows.
///   - isAfter: a row comes after the wanted ones. True for none but the last rows.
/// - Complexity: O(log of the rows) for each sorted run.
public func restrictSorted(
    _ source: BatchSource, isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
) rethrows {
    switch source {
    case let merge as RunMerge: try merge.restrict(isBefore: isBefore, isAfter: isAfter)
    case let wrapped as WrappedSource:
        try restrictSorted(wrapped.inner, isBefore: isBefore, isAfter: isAfter)
    default: break
    }
}
