import MartletBlocks
import MartletPlan
import MartletThreads

/// The planning of a node that was not planned when it was made: runs once, when the plan is first needed.
///
/// It runs engine code and reads directories, and may compare keys; so it runs under no lock. Other threads that need the same
/// node wait.
package final class Planning: Sendable {
    /// Makes the layout of a node and its computation, when the nodes that it is computed from are planned.
    package typealias Make = @Sendable () throws -> (NodeLayout, NodeComputation)

    private let state: Monitor<State>

    private enum State: Sendable {
        /// Next: `running`.
        case waiting([LineageNode], Make)
        /// A thread plans. Next: `done`, or `waiting` if that fails.
        case running([LineageNode])
        case done
    }

    /// - Parameters:
    ///   - parents: the nodes that it is computed from, all that `make` refers to among them.
    ///   - make: called once; if it throws, again each time that the plan is needed.
    package init(_ parents: [LineageNode], _ make: @escaping Make) { state = Monitor(.waiting(parents, make)) }

    /// The nodes that an unplanned node is computed from; empty once it is planned.
    var parents: [LineageNode] {
        state.wait { state in
            switch state {
            case .waiting(let parents, _), .running(let parents): parents
            case .done: []
            }
        }
    }

    /// A computation for display only.
    var standIn: NodeComputation {
        let none = PartitionMapping.range(childStart: 0, parentStart: 0, count: 0)
        let parents = parents
        return NodeComputation(
            .source { _, _ in EmptySource() },
            dependencies: parents.map { .narrow(NarrowDependency(parent: $0.id, mapping: none)) }, parents: parents,
            onRelease: { _ in })
    }

    /// Runs `make` and passes its result to `publish`, unless that has already happened.
    func run(publish: (NodeLayout, NodeComputation) -> Void) throws {
        guard let (parents, make) = begin() else { return }
        do {
            let (layout, computation) = try make()
            publish(layout, computation)
            end(.done)
        } catch {
            end(.waiting(parents, make))
            throw error
        }
        // Releases the values that `make` refers to here, outside the lock; its nodes are not released earlier.
        withExtendedLifetime(parents) {}
    }

    private func begin() -> (parents: [LineageNode], make: Make)? {
        state.wait { state -> (parents: [LineageNode], make: Make)?? in
            switch state {
            case .waiting(let parents, let make):
                state = .running(parents)
                return .some((parents, make))
            case .running: return nil
            case .done: return .some(nil)
            }
        }
    }

    private func end(_ next: State) { state.change(waking: .max) { $0 = next } }

    /// Takes the parents out of a node that is about to be released.
    func takeParents() -> [LineageNode] {
        var taken = State.done
        state.change(waking: 0) { swap(&$0, &taken) }
        guard case .waiting(let parents, _) = taken else { return [] }
        return parents
    }
}

/// Releases nodes, and their parents if nothing else refers to them: not by recursion, since a chain may have a hundred
/// thousand nodes.
func release(_ nodes: consuming [LineageNode]) {
    var waiting = nodes
    while var node = waiting.popLast() {
        if isKnownUniquelyReferenced(&node) { waiting += node.takeParents() }
    }
}
