import MartletBlocks

/// The typed kernels around a table of keys: how rows are added, and how it is divided when it does not fit into memory.
struct TableProgram: Sendable {
    /// Rows `(key, state)`.
    let output: ElementType
    let makeTable: @Sendable (_ expectedCount: Int) -> AggregationTable
    /// Where rows come from, in the order in which they are added. The first side has rows `(key, state)` of keys that the
    /// table does not have: the spilled entries of another table.
    let sides: [Side]
    let emit: Kernel
    let makeSubdivision: @Sendable (_ level: Int) -> AnyObject
    /// The types of keys and states, to estimate the memory that they refer to.
    let types: (key: ElementType, state: ElementType)
    /// For messages.
    let name: String

    /// One of the inputs.
    struct Side: Sendable {
        /// Spends rows by adding them to the table.
        let add: @Sendable (RawBatch, AggregationTable) throws -> Void
        /// Puts rows into the parts of the partition.
        let split: ScatterProgram
    }

    /// Adds all rows of all inputs, and emits each key once, in the order of the keys' hashes.
    func collect(_ sources: [BatchSource], batchBytes: Int, memory: TaskMemory) throws -> BatchSource {
        let builder = TableBuilder(self, .whole, canDivide: true, batchBytes, memory)
        if sources.count == 1 { try builder.expect(sources[0].expectedKeyCount) }
        for (index, source) in sources.enumerated() { try builder.add(source, side: index + 1) }
        return try builder.finish()
    }

    /// Why rows cannot be written to disk; nil if they can.
    var encodingProblem: (any Error)? {
        output.encodingProblem ?? sides.lazy.compactMap { $0.split.row.encodingProblem }.first
    }
}
