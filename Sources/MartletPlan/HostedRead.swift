/// A source that the tasks of a stage read through narrow dependencies, and the hosts that its partitions are best read on.
package struct HostedRead: Sendable, Equatable {
    let read: NarrowRead
    let preferredHosts: [[String]]

    /// The hosts that the task of a partition is best run on, the best first: those of the first partition that it reads and
    /// that has any.
    package func hosts(of partition: Int) -> [String] {
        read.partitions(of: partition).lazy.map { preferredHosts[$0] }.first { !$0.isEmpty } ?? []
    }

    /// How many sources a stage looks for: a union may have many, of which a task reads one.
    static let maxReads = 64
}

extension JobPlan {
    /// The sources with preferred hosts that the tasks of a stage read, the nearest first.
    /// - Complexity: O(nodes of the stage), O(1) where the lineage has no such source
    package func hostedReads(ofStage index: Int) -> [HostedRead] {
        if !prefersHosts { return [] }
        return narrowReads(ofStage: index, limit: HostedRead.maxReads) { !$0.preferredHosts.isEmpty }.compactMap { read in
            graph[read.rdd].map { HostedRead(read: read, preferredHosts: $0.preferredHosts) }
        }
    }
}
