public import MartletCore

/// An RDD and everything it is computed from, as data.
///
/// Nodes are kept in the order of their ids. As parents are made before their children, that order is
/// topological, and every walk of a lineage is a loop over an array: no recursion, whatever the depth.
public struct LineageGraph: Sendable {
    /// The RDD whose lineage this is.
    public let root: RDDID

    /// Exactly the root and its ancestors, parents first.
    /// - Invariant: P1, P2
    public let nodes: [PlanNode]

    /// Place of each RDD in `nodes`; for looking up only.
    private let places: [RDDID: Int]

    /// Makes the lineage of `root`.
    ///
    /// Traps when a node is given twice, when a dependency is missing, does not point to an older RDD,
    /// or maps partitions that do not exist: the caller built the graph wrongly.
    /// - Parameters:
    ///   - root: the RDD whose lineage this is
    ///   - nodes: at least its ancestors and itself, in any order; other nodes are left out
    /// - Complexity: O(n log n) in nodes and dependencies
    /// - Invariant: P1, P2, P3
    public init(root: RDDID, nodes: [PlanNode]) {
        let sorted = nodes.sorted { $0.id < $1.id }
        let all = Self.places(of: sorted)
        guard let rootPlace = all[root] else {
            preconditionFailure("root RDD \(root) is not among the nodes")
        }
        var isReachable = [Bool](repeating: false, count: rootPlace + 1)
        isReachable[rootPlace] = true
        for place in (0...rootPlace).reversed() where isReachable[place] {
            for dependency in sorted[place].dependencies {
                isReachable[Self.parentPlace(of: dependency, of: sorted[place], in: sorted, all)] = true
            }
        }
        let reachable = isReachable.indices.filter { isReachable[$0] }.map { sorted[$0] }
        self.root = root
        self.nodes = reachable
        places = reachable.count == sorted.count ? all : Self.places(of: reachable)
    }

    /// The node of an RDD, or nil when it is not part of this lineage.
    public subscript(id: RDDID) -> PlanNode? { places[id].map { nodes[$0] } }

    /// Every RDD of the lineage, parents before children.
    public var topologicalOrder: [RDDID] { nodes.map(\.id) }

    /// Place in `nodes` of an RDD of this lineage.
    func place(of id: RDDID) -> Int {
        guard let place = places[id] else {
            preconditionFailure("RDD \(id) is not part of the lineage of RDD \(root)")
        }
        return place
    }

    private static func places(of nodes: [PlanNode]) -> [RDDID: Int] {
        var places = [RDDID: Int](minimumCapacity: nodes.count)
        for (place, node) in nodes.enumerated() {
            precondition(places.updateValue(place, forKey: node.id) == nil, "RDD \(node.id) is given twice")
        }
        return places
    }

    /// Place of the RDD that `child` depends on, after checking the dependency.
    private static func parentPlace(
        of dependency: Dependency, of child: PlanNode, in nodes: [PlanNode], _ places: [RDDID: Int]
    ) -> Int {
        let parent = dependency.parent
        precondition(parent < child.id, "RDD \(child.id) depends on RDD \(parent), which is not older")
        guard let place = places[parent] else {
            preconditionFailure("RDD \(child.id) depends on RDD \(parent), which is not among the nodes")
        }
        if case .narrow(let narrow) = dependency {
            let mistake = narrow.mapping.mistake(
                childCount: child.partitionCount, parentCount: nodes[place].partitionCount)
            precondition(mistake == nil, "RDD \(child.id) from RDD \(parent): \(mistake ?? "")")
        }
        return place
    }
}
