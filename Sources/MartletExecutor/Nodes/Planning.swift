import MartletBlocks
import MartletPlan
import MartletThreads

/// How a node is planned that was not when it was made: once, by whoever first has to know.
///
/// It runs engine code and reads directories, and may compare keys; so it runs under no lock. Others that want the same node
/// wait.
package final class Planning: Sendable {
    /// Makes the layout of a node and its computation, when the nodes that it is computed from are planned.
    package typealias Make = @Sendable () throws -> (NodeLayout, NodeComputation)

    private let state: Monitor<State>

    private enum State: Sendable {
        /// Next: `running`.
        case waiting([LineageNode], Make)
        /// A thread plans. Next: `done`, or `waiting` where that fails.
        case running([LineageNode])
        case done
    }

    /// - Parameters:
    ///   - parents: the nodes that it is computed from, all that `make` refers to among them.
    ///   - make: called once, unless it throws: then once more each time that somebody has to know.
    package init(_ parents: [LineageNode], _ make: @escaping Make) { state = Monitor(.waiting(parents, make)) }

    /// What the node is computed from, as long as it is not planned.
    var parents: [LineageNode] {
        state.wait { state in
            switch state {
            case .waiting(let parents, _), .running(let parents): parents
            case .done: []
            }
        }
    }

    /// For people to look at.
    var standIn: NodeComputation {
        let none = PartitionMapping.range(childStart: 0, parentStart: 0, count: 0)
        let parents = parents
        return NodeComputation(
            .source { _, _ in EmptySource() },
            dependencies: parents.map { .narrow(NarrowDependency(parent: $0.id, mapping: none)) }, parents: parents,
            onRelease: { _ in })
    }

    /// Runs `make` and gives its result to `publish`, unless that has happened.
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
        // What `make` refers to goes here, outside of the lock; its nodes do not go before.
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

    /// Takes the parents out of a node that is about to go.
    func takeParents() -> [LineageNode] {
        var taken = State.done
        state.change(waking: 0) { swap(&$0, &taken) }
        guard case .waiting(let parents, _) = taken else { return [] }
        return parents
    }
}

/// Lets go of nodes, and of what they are computed from if nobody else refers to it: not by recursion, since a chain may have a
/// hundred thousand nodes.
func release(_ nodes: consuming [LineageNode]) {
    var waiting = nodes
    while var node = waiting.popLast() {
        if isKnownUniquelyReferenced(&node) { waiting += node.takeParents() }
    }
}
