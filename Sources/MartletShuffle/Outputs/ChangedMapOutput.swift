/// A map task of a shuffle that deals its rows had a different number of rows when it was rerun: all later rows would be dealt
/// to other partitions, so that some rows would exist twice and others not at all.
public struct ChangedMapOutput: Error, Hashable, CustomStringConvertible {
    /// The map task, which is the partition of the RDD whose rows are dealt.
    public let map: Int
    /// Rows of its first output.
    public let counted: Int
    /// Rows of its current output.
    public let found: Int

    package init(map: Int, counted: Int, found: Int) {
        self.map = map
        self.counted = counted
        self.found = found
    }

    public var description: String {
        "partition \(map) of what is dealt had \(counted) rows at first and \(found) when it was computed again, since its output "
            + "was lost: rows would be missing or doubled; make what it is computed from give the same each time, or "
            + "checkpoint() it"
    }
}
