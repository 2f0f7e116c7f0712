import MartletCore
import MartletPlan

/// Short constructors of nodes; node i is on line 10 + i.
func node(
    _ id: Int, _ operation: String, _ dependencies: [Dependency] = [], partitions: Int = 2,
    name: String? = nil,
    partitioner: PartitionerIdentity? = nil, level: StorageLevel = .none
) -> PlanNode {
    PlanNode(
        id: RDDID(id), operation: operation, name: name,
        callSite: CallSite(file: "App/Main.swift", line: 10 + id),
        partitionCount: partitions, dependencies: dependencies, partitioner: partitioner, storageLevel: level,
        elementType: "Int")
}

func narrow(_ parent: Int, _ mapping: PartitionMapping = .oneToOne) -> Dependency {
    .narrow(NarrowDependency(parent: RDDID(parent), mapping: mapping))
}

func shuffle(_ id: Int, _ parent: Int, partitions: Int = 2, combines: Bool = false, ordered: Bool = false)
    -> Dependency
{
    .shuffle(
        ShuffleDependency(
            id: ShuffleID(id), parent: RDDID(parent), partitionCount: partitions,
            partitioner: .hash(partitionCount: partitions), combines: combines, ordered: ordered))
}

func graph(_ nodes: [PlanNode]) -> LineageGraph {
    LineageGraph(root: nodes.map(\.id).max() ?? RDDID(0), nodes: nodes)
}

/// Word count: text, words and pairs in four partitions, counts in two.
let wordCount = [
    node(0, "textFile", partitions: 4), node(1, "flatMap", [narrow(0)], partitions: 4, name: "words"),
    node(2, "map", [narrow(1)], partitions: 4),
    node(3, "reduceByKey", [shuffle(0, 2, combines: true)], level: .memoryOnly),
    node(4, "mapValues", [narrow(3)]),
]

/// A join of two shuffled inputs; a sort reads the first one again.
let join = [
    node(0, "parallelize", partitions: 3), node(1, "parallelize", partitions: 3),
    node(2, "cogroup", [shuffle(0, 0), shuffle(1, 1)], partitioner: .hash(partitionCount: 2)),
    node(3, "flatMap", [narrow(2)]), node(4, "sortByKey", [shuffle(2, 3, partitions: 2, ordered: true)]),
    node(5, "reuse", [shuffle(0, 0)]),
    node(
        6, "union",
        [
            narrow(4, .range(childStart: 0, parentStart: 0, count: 2)),
            narrow(5, .range(childStart: 2, parentStart: 0, count: 2)),
        ], partitions: 4),
]
