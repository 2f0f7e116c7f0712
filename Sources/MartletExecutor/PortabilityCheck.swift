import MartletBlocks
package import MartletCore
import MartletPlan
package import MartletPortable

/// Looks through programs, before a job begins, for what must not be in them.
package struct PortabilityCheck: Sendable {
    /// In which it is tried whether they can be sent; nil where only handles of the driver's are looked for.
    private let session: PortableSession?

    private init(_ session: PortableSession?) { self.session = session }

    /// Handles of the driver's have no place in a task, wherever it runs.
    package static let ofHandles = PortabilityCheck(nil)

    /// Whether all can be sent to executors.
    package static func ofAll(in session: PortableSession) -> PortabilityCheck { PortabilityCheck(session) }

    /// Looks at all functions of a node of the lineage, once in its life.
    ///
    /// - Throws: `NotPortable`.
    package func check(_ snapshot: LineageSnapshot) throws(NotPortable) {
        guard !snapshot.node.isChecked else { return }
        let (plan, origin) = (snapshot.plan, snapshot.origin)
        try check(plan.operation, plan.callSite, origin.program)
        for shuffle in origin.shuffles.values {
            try check(plan.operation, plan.callSite, shuffle)
            if session != nil { try Self.check(rows: shuffle.read.row, plan.operation, plan.callSite) }
        }
        snapshot.node.setChecked()
    }

    /// Looks at all functions in a program.
    ///
    /// - Throws: `NotPortable`.
    package func check<Program>(_ operation: String, _ callSite: CallSite, _ program: Program) throws(NotPortable) {
        do {
            try HandleSearch.check(program)
        } catch {
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
