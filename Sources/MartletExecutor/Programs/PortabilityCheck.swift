import MartletBlocks
package import MartletCore
import MartletPlan
package import MartletPortable
import Synchronization

private let generations = Atomic<Int>(1)

/// Looks through programs, before a job begins, for what must not be in them.
package struct PortabilityCheck: Sendable {
    /// In which it is tried whether they can be sent; nil where only handles of the driver's are looked for.
    private let session: PortableSession?

    private init(_ session: PortableSession?) { self.session = session }

    /// Handles of the driver's have no place in a task, wherever it runs.
    package static let ofHandles = PortabilityCheck(nil)

    /// Whether all can be sent to executors.
    package static func ofAll(in session: PortableSession) -> PortabilityCheck { PortabilityCheck(session) }

    /// Counts the times when something that was checked may have become what must not be in a function: a broadcast that was
    /// destroyed.
    package typealias Generation = Int

    package static var generation: Generation { generations.load(ordering: .acquiring) }

    /// Has all functions looked at again, in jobs that begin from now on.
    package static func lookAgain() { generations.wrappingAdd(1, ordering: .releasing) }

    /// Looks at all functions of a node of the lineage, once in a generation.
    ///
    /// - Parameter isMade: whether all outputs of a shuffle are there; the functions that made them are not looked at.
    /// - Throws: `NotPortable`, `DestroyedBroadcast`.
    package func check(_ snapshot: LineageSnapshot, isMade: (ShuffleID) -> Bool) throws {
        let generation = Self.generation
        if snapshot.node.check == generation { return }
        let (plan, computation) = (snapshot.plan, snapshot.computation)
        try check(plan.operation, plan.callSite, computation.program)
        var isAll = true
        for (id, shuffle) in computation.shuffles {
            if isMade(id) {
                isAll = false
                continue
            }
            try check(plan.operation, plan.callSite, shuffle)
            if session != nil { try Self.check(rows: shuffle.read.row, plan.operation, plan.callSite) }
        }
        if isAll { snapshot.node.setChecked(generation) }
    }

    /// Looks at all functions in a program.
    ///
    /// - Throws: `NotPortable`, `DestroyedBroadcast`.
    package func check<Program>(_ operation: String, _ callSite: CallSite, _ program: Program) throws {
        do {
            try HandleSearch.check(program)
        } catch {
            if let destroyed = error.handleCause as? DestroyedBroadcast { throw destroyed.used(by: operation, callSite) }
            throw NotPortable(operation, callSite, .functionInTask, "\(error.fromFirstCapture)")
        }
        guard let session else { return }
        do {
            try GraphCoder.check(program, in: session)
        } catch {
            throw NotPortable(operation, callSite, .functionElsewhere, "\(error.fromFirstCapture)")
        }
    }

    /// - Throws: `NotPortable` where what a shuffle writes has no encoding.
    static func check(rows: ElementType, _ operation: String, _ callSite: CallSite) throws(NotPortable) {
        do {
            try rows.checkEncoding()
        } catch {
            throw NotPortable(operation, callSite, .rowsElsewhere, "\(error)")
        }
    }
}
