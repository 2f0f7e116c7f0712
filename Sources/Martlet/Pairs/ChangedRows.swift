import MartletBlocks
import MartletCore
import MartletPortable

/// Rows that map outputs lend to reduce tasks, which change the results in them in place. If a result holds an object, that
/// would also change the map output, which other tasks and later actions read: so each task receives copies.
struct ChangedRows: Sendable {
    private let row: ElementType
    private let areCopied: Bool

    /// - Parameter row: the row type that holds the results.
    /// - Throws: `ArgumentError` if rows must be copied but cannot be encoded.
    init<Changed>(
        _: Changed.Type, in row: ElementType, _ changes: Changes, _ operation: String, _ site: CallSite
    ) throws {
        self.row = row
        guard changes != .nothing, !row.isBitwise, let object = MutableObject.first(inType: Changed.self) else {
            areCopied = false
            return
        }
        let problem = row.encodingProblem
        areCopied = problem == nil
        // Merely collecting objects does not change them.
        let isAccumulator = changes == .objects || MutableObject.first(inType: Changed.self, skipsElements: true) != nil
        guard let problem, isAccumulator else { return }
        throw ArgumentError(
            operation: operation, callSite: site,
            problem: "results are changed in place and read again, so that objects in them (\(object.path), of class \(object.type)) "
                + "have to be copied, and cannot be. \(problem). Use a struct, or make the class Codable")
    }

    /// Rows that their reader may change.
    func own(_ source: BatchSource) throws -> BatchSource { areCopied ? try CopyingSource(source, row) : source }
}

/// The values that the functions of an aggregation change in place.
@usableFromInline
enum Changes: Sendable {
    /// None: the functions return new results.
    case nothing
    /// The results that the functions receive.
    case results
    /// Objects in the results.
    case objects
}
