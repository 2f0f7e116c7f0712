import MartletBlocks
import MartletCore
import MartletDriver
import MartletExecutor
import MartletLineage
package import MartletPlan
import MartletScheduler
import MartletTasks

extension MartletContext {
    /// A job, not yet submitted, that runs `task` on each of the partitions.
    ///
    /// - Parameter deliver: takes over the result of `task`, once for each task; called under the driver's lock.
    /// - Throws: the problem of the RDD, if it has one.
    func job<Value: Sendable>(
        on lineage: LineageNode, partitions: [Int]? = nil, _ operation: String, _ site: CallSite,
        task: @escaping @Sendable (BatchSource, TaskContext) throws -> Value,
        deliver: @escaping @Sendable (Value, TaskAttempt) -> Void
    ) throws -> Job {
        if let foreign = foreignInput(operation, site, [lineage]) { throw foreign }
        try lineage.ensurePlanned()
        let nodes = lineage.snapshot()
        for node in nodes { try check(node.node) }
        let graph = LineageGraph(root: lineage.id, nodes: nodes.map(\.plan))
        return Job(
            id: driver.makeJobID(), plan: driver.plan(graph, partitions: partitions), nodes: nodes,
            result: ResultProgram(operation, site, compute: task), properties: jobProperties,
            sink: ResultSink(Value.self, deliver: deliver), generation: driver.generations.join(),
            measuresCPU: driver.isObserved)
    }

    private func check(_ node: LineageNode) throws {
        if let problem = node.problem ?? node.levelConflict { throw problem }
        if case .marked(.files, let site) = node.checkpoint { try checkpoints.check(site) }
    }
}

extension Driver {
    /// The stages that a job would have if it ran now.
    package func plan(_ graph: LineageGraph, partitions: [Int]? = nil) -> JobPlan {
        JobPlan(graph: graph, partitions: partitions) { [cached] id in
            guard let node = graph[id], node.storageLevel.isPersistent else { return false }
            return cached.partitionCount(of: id) == node.partitionCount
        }
    }
}
