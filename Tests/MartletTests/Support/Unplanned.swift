import Martlet
import MartletCore
import MartletLineage
import MartletPlan

extension RDD {
    /// The same RDD, planned only on demand, as input is.
    func unplanned() -> RDD {
        let (id, lineage) = (RDDID(context.makeID()), lineage)
        return context.later(id, "unplanned", CallSite(file: #fileID, line: #line), Element.self) {
            guard let layout = lineage.layout else { preconditionFailure("a collection is planned") }
            let program = NodeProgram.compute { sources, _, _ in sources[0] }
            let dependencies = [Dependency.narrow(NarrowDependency(parent: lineage.id, mapping: .oneToOne))]
            let shape = PlanNode(
                id: id, operation: "unplanned", callSite: layout.shape.callSite, partitionCount: layout.shape.partitionCount,
                dependencies: dependencies, elementType: layout.shape.elementType)
            let computation = NodeComputation(program, dependencies: dependencies, parents: [lineage], onRelease: { _ in })
            return (NodeLayout(shape, problem: layout.problem), computation)
        }
    }
}
