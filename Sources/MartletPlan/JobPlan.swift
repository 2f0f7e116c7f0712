public import MartletCore

/// The stages of one job.
///
/// The lineage is cut at its shuffles. A stage is an RDD on the writing side of a shuffle (or the root)
/// with everything it reaches through narrow dependencies. RDDs that name the same shuffle share one
/// stage. Narrow work that several stages need belongs to each of them.
public struct JobPlan: Sendable {
    /// The lineage that is computed.
    public let graph: LineageGraph

    /// Parents before children; the last one is the result stage.
    /// - Invariant: P4, P5
    public let stages: [StagePlan]

    /// For each node of the lineage, whether all its partitions are cached.
    let isCached: [Bool]

    /// Whether any RDD of the lineage is to be cached.
    let keepsRDDs: Bool

    /// Whether any source of the lineage prefers hosts.
    let prefersHosts: Bool

    /// The stage that writes each shuffle; for looking up only.
    private let writers: [ShuffleID: Int]

    /// Plans a job.
    /// - Parameters:
    ///   - graph: the lineage of the RDD that the action was called on
    ///   - partitions: the partitions the action needs; nil for all. May name one twice
    ///   - isCached: whether every partition of an RDD is cached now; asked once per RDD
    /// - Complexity: O(n log n) in nodes, dependencies, and nodes listed by stages
    public init(graph: LineageGraph, partitions: [Int]? = nil, isCached: (RDDID) -> Bool = { _ in false }) {
        let rootCount = graph.nodes[graph.nodes.count - 1].partitionCount
        precondition(
            partitions?.allSatisfy { $0 >= 0 && $0 < rootCount } ?? true,
            "the job names a partition that does not exist")
        let cached = graph.nodes.map { isCached($0.id) }
        let writes = Self.shuffles(of: graph)
        var writers = [ShuffleID: Int](minimumCapacity: writes.count)
        for (index, write) in writes.enumerated() { writers[write.id] = index }

        let open = [Bool](repeating: false, count: cached.count)
        var pipelines = StageWalk(graph, closed: open, writers: writers)
        var needs = StageWalk(graph, closed: cached, writers: writers)
        func cut(_ output: StageOutput, at root: RDDID, _ tasks: TaskPartitions, index: Int) -> StagePlan {
            let (places, parents) = pipelines.stage(index, from: root)
            return StagePlan(
                index: index, output: output, root: root, nodes: places.map { graph.nodes[$0].id },
                tasks: tasks,
                parents: parents.map { writes[$0].id },
                neededParents: needs.stage(index, from: root).parents.map { writes[$0].id })
        }
        var stages: [StagePlan] = []
        stages.reserveCapacity(writes.count + 1)
        for (index, write) in writes.enumerated() {
            let count = graph.nodes[graph.place(of: write.parent)].partitionCount
            stages.append(cut(.shuffle(write.id), at: write.parent, .all(count: count), index: index))
        }
        let tasks = partitions.map(TaskPartitions.listed) ?? .all(count: rootCount)
        stages.append(cut(.result, at: graph.root, tasks, index: stages.count))

        self.graph = graph
        self.stages = stages
        self.isCached = cached
        keepsRDDs = graph.nodes.contains { $0.storageLevel.isPersistent }
        prefersHosts = graph.nodes.contains { !$0.preferredHosts.isEmpty }
        self.writers = writers
    }

    /// The stage that gives the job's results.
    public var resultStage: StagePlan { stages[stages.count - 1] }

    /// Index of the stage that writes a shuffle, or nil when no RDD of this job reads it.
    public func stageIndex(of shuffle: ShuffleID) -> Int? { writers[shuffle] }

    /// Each shuffle once, by the RDD it reads, then by id. A stage's root is younger than every RDD that the stage reads, so this
    /// order puts parents first.
    private static func shuffles(of graph: LineageGraph) -> [ShuffleDependency] {
        var first: [ShuffleID: RDDID] = [:]
        var found: [ShuffleDependency] = []
        for node in graph.nodes {
            for case .shuffle(let shuffle) in node.dependencies {
                if let parent = first.updateValue(shuffle.parent, forKey: shuffle.id) {
                    precondition(parent == shuffle.parent, "shuffle \(shuffle.id) is written by two RDDs")
                } else {
                    found.append(shuffle)
                }
            }
        }
        return found.sorted { ($0.parent, $0.id) < ($1.parent, $1.id) }
    }
}
