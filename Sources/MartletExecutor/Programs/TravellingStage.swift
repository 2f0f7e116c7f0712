import MartletBlocks
package import MartletCore
package import MartletLineage
import MartletPlan
package import MartletPortable

/// A stage's program in the form in which it travels to other processes: a list of nodes, cut off where other stages begin.
///
/// A list, since lineage may be a hundred thousand nodes deep.
package struct TravellingStage: Sendable {
    /// Nodes of the stage, the root first.
    private var nodes: [Node] = []
    private var output: StageProgram.Output
    /// Differs if a node is cached at another level, or is now read from a checkpoint.
    package private(set) var version = 0

    private struct Node: Sendable {
        let id: RDDID
        let operation: String
        let callSite: CallSite
        let partitionCount: Int
        let storageLevel: StorageLevel
        let elementType: ElementType
        let program: NodeProgram
        var inputs: [Input] = []
    }

    /// The input of a node.
    private enum Input: Sendable {
        /// Partitions of a node of the same stage, by its place in the list.
        case node(Int, PartitionMapping)
        /// The output of another stage.
        case shuffle(ShuffleID, partitionCount: Int, mapCount: Int, ShuffleRead)
    }

    /// - Parameter nodes: the lineage as it was when the job was planned.
    package init(_ program: StageProgram, nodes known: [RDDID: LineageSnapshot]) {
        output = program.output
        var places: [RDDID: Int] = [:]
        var waiting: [LineageSnapshot] = []
        func place(_ node: LineageNode) -> Int {
            if let place = places[node.id] { return place }
            places[node.id] = waiting.count
            waiting.append(known[node.id] ?? node.snapshotOfItself)
            return waiting.count - 1
        }
        _ = place(program.root)
        var version = Hasher()
        while nodes.count < waiting.count {
            let snapshot = waiting[nodes.count]
            let (plan, computation) = (snapshot.plan, snapshot.computation)
            var node = Node(
                id: plan.id, operation: plan.operation, callSite: plan.callSite, partitionCount: plan.partitionCount,
                storageLevel: plan.storageLevel, elementType: snapshot.node.elementType, program: computation.program)
            node.inputs = zip(computation.parents, computation.dependencies).map { parent, dependency in
                switch dependency {
                case .narrow(let narrow):
                    .node(place(parent), narrow.mapping)
                case .shuffle(let shuffle):
                    .shuffle(
                        shuffle.id, partitionCount: shuffle.partitionCount, mapCount: parent.partitionCount,
                        computation.read(shuffle.id))
                }
            }
            nodes.append(node)
            version.combine(plan.id)
            version.combine(plan.storageLevel)
            version.combine(plan.checkpoint)
        }
        self.version = version.finalize()
    }

    /// RDDs whose partitions are cached where they are computed.
    package var persistentRDDs: [RDDID] { nodes.lazy.filter(\.storageLevel.isPersistent).map(\.id) }

    /// Finds the first operator that cannot be sent.
    ///
    /// - Throws: `NotPortable` or `DestroyedBroadcast`, which names that operator.
    package func check(in session: PortableSession) throws {
        let check = PortabilityCheck.ofAll(in: session)
        for node in nodes { try check.check(node.operation, node.callSite, node) }
        switch output {
        case .result(let result): try check.check(result.operation, result.callSite, result)
        case .shuffle(let write): try check.check(write.operation, write.callSite, write)
        }
    }

    package func computes(_ rdd: RDDID) -> Bool { nodes.contains { $0.id == rdd } }

    /// - Throws: `NotPortable` if the rows that the stage writes cannot be encoded.
    package func checkRows() throws(NotPortable) {
        guard case .shuffle(let write) = output else { return }
        try PortabilityCheck.check(rows: write.program.read.row, write.operation, write.callSite)
    }

    /// The program, made of nodes of this process.
    package func program() -> StageProgram {
        var made = [LineageNode?](repeating: nil, count: nodes.count)
        // A node's inputs have smaller ids, since they are older than the node.
        for index in nodes.indices.sorted(by: { nodes[$0].id < nodes[$1].id }) {
            made[index] = lineage(nodes[index]) { made[$0] }
        }
        guard let root = made.first ?? nil else { preconditionFailure("a stage has a root") }
        return StageProgram(root: root, output: output)
    }

    private func lineage(_ node: Node, _ made: (Int) -> LineageNode?) -> LineageNode {
        var (parents, dependencies): ([LineageNode], [Dependency]) = ([], [])
        var reads: [ShuffleID: ShuffleRead] = [:]
        for input in node.inputs {
            switch input {
            case .node(let place, let mapping):
                guard let parent = made(place) else { preconditionFailure("a node is older than what it is computed from") }
                parents.append(parent)
                dependencies.append(.narrow(NarrowDependency(parent: parent.id, mapping: mapping)))
            case .shuffle(let id, let partitionCount, let mapCount, let read):
                let writer = LineageNode.elsewhere(partitionCount: mapCount)
                parents.append(writer)
                dependencies.append(
                    .shuffle(ShuffleDependency(id: id, parent: writer.id, partitionCount: partitionCount)))
                reads[id] = read
            }
        }
        let plan = PlanNode(
            id: node.id, operation: node.operation, callSite: node.callSite, partitionCount: node.partitionCount,
            dependencies: dependencies, storageLevel: node.storageLevel, elementType: node.elementType.name)
        let computation = NodeComputation(
            node.program, dependencies: dependencies, reads: reads, parents: parents, onRelease: { _ in })
        return LineageNode(plan, node.elementType, computation: computation, onRelease: { _ in })
    }
}

extension LineageNode {
    fileprivate var snapshotOfItself: LineageSnapshot { LineageSnapshot(self) }

    /// Stands for a node that another stage computes: only its number of partitions counts.
    fileprivate static func elsewhere(partitionCount: Int) -> LineageNode {
        let plan = PlanNode(
            id: RDDID(-1), operation: "shuffle", callSite: CallSite(file: "", line: 0), partitionCount: partitionCount,
            dependencies: [], elementType: "")
        let program = NodeProgram.source { _, _ in preconditionFailure("another stage computes this") }
        return LineageNode(
            plan, ElementType(Void.self), computation: NodeComputation(program, onRelease: { _ in }), onRelease: { _ in })
    }
}
