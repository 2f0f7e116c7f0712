package import MartletPlan

/// The layout of a planned node. An object, since it is looked at often and its shape is large.
package final class NodeLayout: Sendable {
    package let shape: PlanNode
    /// The typed half of its partitioner, a `KeyPartitioning` of the keys' type; nil where keys are hashed, or placed by a
    /// sort.
    package let partitioning: (any AnyObject & Sendable)?
    /// Why this node, or one that it is computed from, cannot be computed, found when it was planned: its actions throw it.
    package let problem: (any Error)?

    package init(_ shape: PlanNode, partitioning: (any AnyObject & Sendable)? = nil, problem: (any Error)? = nil) {
        self.shape = shape
        self.partitioning = partitioning
        self.problem = problem
    }
}
