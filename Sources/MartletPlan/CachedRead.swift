package import MartletCore

/// A cached RDD that the tasks of a stage read through narrow dependencies, and the partitions that they read.
package struct CachedRead: Sendable, Equatable {
    /// The cached RDD.
    package let rdd: RDDID

    /// The steps from a partition of the stage's root to the partitions of `rdd`; one-to-one steps are omitted.
    let path: [PartitionMapping]

    /// The cached partitions that the task of a partition reads, at most `maxBlocks`.
    package func blocks(of partition: Int) -> [BlockID] {
        var partitions = [partition]
        for mapping in path { partitions = Array(partitions.flatMap(mapping.parents).prefix(Self.maxBlocks)) }
        return partitions.map { BlockID(rdd: rdd, partition: $0) }
    }

    /// How many cached partitions of one RDD count when a task is placed.
    static let maxBlocks = 8

    /// How many cached RDDs a stage looks for, and over how many steps that are not one to one. The result is a hint: RDDs that
    /// are further away may be ignored.
    static let (maxReads, maxSteps) = (4, 8)
}

extension JobPlan {
    /// The cached RDDs that the tasks of a stage read, the nearest first. RDDs above another one count where the nearer one
    /// has not been computed yet.
    /// - Complexity: O(nodes of the stage), O(1) where the lineage caches nothing
    package func cachedReads(ofStage index: Int) -> [CachedRead] {
        if !keepsRDDs { return [] }
        let stage = stages[index]
        var reads: [RDDID: [CachedRead]] = [:]
        for id in stage.nodes {
            guard let node = graph[id] else { continue }
            var found = node.storageLevel.isPersistent ? [CachedRead(rdd: id, path: [])] : []
            for case .narrow(let narrow) in node.dependencies {
                for read in reads[narrow.parent] ?? [] {
                    let step = narrow.mapping == .oneToOne ? [] : [narrow.mapping]
                    let read = CachedRead(rdd: read.rdd, path: step + read.path)
                    if read.path.count <= CachedRead.maxSteps, !found.contains(read) { found.append(read) }
                }
            }
            if !found.isEmpty { reads[id] = Array(found.prefix(CachedRead.maxReads)) }
        }
        return reads[stage.root] ?? []
    }
}
