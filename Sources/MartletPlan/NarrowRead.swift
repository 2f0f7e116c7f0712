import MartletCore

/// An RDD that the tasks of a stage read through narrow dependencies, and the partitions that they read.
struct NarrowRead: Sendable, Equatable {
    let rdd: RDDID

    /// The steps from a partition of the stage's root to the partitions of `rdd`; one-to-one steps are omitted.
    let path: [PartitionMapping]

    /// The partitions of `rdd` that the task of a partition reads, at most `maxPartitions`.
    func partitions(of partition: Int) -> [Int] {
        var partitions = [partition]
        for mapping in path { partitions = Array(partitions.flatMap(mapping.parents).prefix(Self.maxPartitions)) }
        return partitions
    }

    /// How many partitions of one RDD count when a task is placed.
    static let maxPartitions = 8

    /// Over how many steps that are not one to one a stage looks for RDDs. The result is a hint: RDDs that are further away may
    /// be ignored.
    static let maxSteps = 8
}

extension JobPlan {
    /// The RDDs with a property that the tasks of a stage read, the nearest first, at most `limit`.
    /// - Complexity: O(nodes of the stage), times the limit squared
    func narrowReads(ofStage index: Int, limit: Int, where isWanted: (PlanNode) -> Bool) -> [NarrowRead] {
        let stage = stages[index]
        var reads: [RDDID: [NarrowRead]] = [:]
        for id in stage.nodes {
            guard let node = graph[id] else { continue }
            var found = isWanted(node) ? [NarrowRead(rdd: id, path: [])] : []
            for case .narrow(let narrow) in node.dependencies {
                for read in reads[narrow.parent] ?? [] {
                    let step = narrow.mapping == .oneToOne ? [] : [narrow.mapping]
                    let read = NarrowRead(rdd: read.rdd, path: step + read.path)
                    if read.path.count <= NarrowRead.maxSteps, !found.contains(read) { found.append(read) }
                }
            }
            if !found.isEmpty { reads[id] = Array(found.prefix(limit)) }
        }
        return reads[stage.root] ?? []
    }
}
