package import MartletBlocks
package import MartletCore
import MartletPlan
package import MartletPortable
import Synchronization

private let generations = Atomic<Int>(1)

/// Searches programs, before a job begins, for values that must not be in them.
package struct PortabilityCheck: Sendable {
    /// The session for trial encodings; nil if the check only looks for handles of the driver.
    private let session: PortableSession?

    private init(_ session: PortableSession?) { self.session = session }

    /// Looks for handles of the driver, which no task may hold, wherever it runs.
    package static let ofHandles = PortabilityCheck(nil)

    /// Also checks that the programs can be sent to executors.
    package static func ofAll(in session: PortableSession) -> PortabilityCheck { PortabilityCheck(session) }

    /// Counts the events that invalidate earlier checks: a checked function may hold a broadcast that was destroyed since.
    package typealias Generation = Int

    package static var generation: Generation { generations.load(ordering: .acquiring) }

    /// Makes jobs that begin from now on check all functions again.
    package static func lookAgain() { generations.wrappingAdd(1, ordering: .releasing) }

    /// Checks all functions of a node of the lineage, once per generation.
    ///
    /// - Parameter isMade: whether all outputs of a shuffle exist; if so, the functions that made them are not checked.
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

    /// Checks all functions in a program.
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

    /// - Throws: `NotPortable` if the rows that a shuffle writes have no encoding.
    package static func check(rows: ElementType, _ operation: String, _ callSite: CallSite) throws(NotPortable) {
        do {
            try rows.checkEncoding()
        } catch {
            throw NotPortable(operation, callSite, .rowsElsewhere, "\(error)")
        }
    }
}
