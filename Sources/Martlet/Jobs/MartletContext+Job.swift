import MartletBlocks
import MartletCore
import MartletExecutor
package import MartletPlan

extension MartletContext {
    /// A job that runs `task` on each of the partitions, not begun yet.
    ///
    /// - Throws: what is wrong with the RDD.
    func job(
        on lineage: Lineage, partitions: [Int]? = nil, _ operation: String, _ site: CallSite,
        task: @escaping Job.ResultTask
    ) throws -> Job {
        let nodes = lineage.snapshot()
        for node in nodes { try check(node.node) }
        let graph = LineageGraph(root: lineage.id, nodes: nodes.map(\.plan))
        return Job(
            id: driver.makeJobID(), plan: driver.plan(graph, partitions: partitions), nodes: nodes, operation: operation,
            callSite: site, properties: jobProperties
        ) { source, attempt in
            do {
                return try task(source, attempt)
            } catch {
                throw error.located(operation: operation, callSite: site)
            }
        }
    }

    private func check(_ node: Lineage) throws {
        if let problem = node.problem ?? node.levelConflict { throw problem }
        if case .marked(.files, let site) = node.checkpoint { try checkpoints.check(site) }
    }
}

extension Driver {
    /// The stages of a job that ran now.
    package func plan(_ graph: LineageGraph, partitions: [Int]? = nil) -> JobPlan {
        JobPlan(graph: graph, partitions: partitions) { [environment] id in
            guard let node = graph[id], node.storageLevel.isPersistent else { return false }
            return environment.keptPartitionCount(of: id) == node.partitionCount
        }
    }
}
