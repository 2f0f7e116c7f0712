/// Names one cached partition of an RDD.
public struct BlockID: Hashable, Sendable, Codable {
    /// The cached RDD.
    public let rdd: RDDID

    /// Which of its partitions.
    public let partition: Int

    /// Makes the name of a partition.
    public init(rdd: RDDID, partition: Int) {
        self.rdd = rdd
        self.partition = partition
    }
}
