package import MartletCore

/// A cached RDD that the tasks of a stage read through narrow dependencies, and the partitions that they read.
package struct CachedRead: Sendable, Equatable {
    let read: NarrowRead

    /// The cached RDD.
    package var rdd: RDDID { read.rdd }

    /// The cached partitions that the task of a partition reads, at most `NarrowRead.maxPartitions`.
    package func blocks(of partition: Int) -> [BlockID] {
        read.partitions(of: partition).map { BlockID(rdd: rdd, partition: $0) }
    }

    /// How many cached RDDs a stage looks for.
    static let maxReads = 4
}

extension JobPlan {
    /// The cached RDDs that the tasks of a stage read, the nearest first. RDDs above another one count where the nearer one
    /// has not been computed yet.
    /// - Complexity: O(nodes of the stage), O(1) where the lineage caches nothing
    package func cachedReads(ofStage index: Int) -> [CachedRead] {
        if !keepsRDDs { return [] }
        return narrowReads(ofStage: index, limit: CachedRead.maxReads) { $0.storageLevel.isPersistent }.map(CachedRead.init)
    }
}
