public import MartletBlocks

/// One partition of several inputs whose equal keys are together, and the means to divide it further.
public struct HashedInputs {
    public let sources: [BatchSource]
    /// Put the rows of each input into parts.
    let splits: [ScatterProgram]
    let makeSubdivision: @Sendable (_ level: Int) -> AnyObject
    /// The operator, for messages.
    let operation: String
    let batchBytes: Int
    let memory: TaskMemory

    public init<Key: Hashable & Sendable>(
        _: Key.Type, _ sources: [BatchSource], splits: [ScatterProgram], operation: String, batchBytes: Int,
        memory: TaskMemory
    ) {
        self.sources = sources
        self.splits = splits
        makeSubdivision = { KeyPartitioning<Key>(subdivision: $0) }
        self.operation = operation
        self.batchBytes = batchBytes
        self.memory = memory
    }

    /// Joins two inputs, one of which is built into a table.
    ///
    /// - Parameters:
    ///   - built: the index of that input.
    ///   - add: spends rows of the built input.
    ///   - probe: streams the other input past the table.
    func join(
        building built: Int, _ makeTable: @escaping @Sendable () -> BuildTable,
        add: @escaping @Sendable (RawBatch, BuildTable) -> Void,
        probe: @escaping (BuildTable, BatchSource) throws -> BatchSource
    ) throws -> BatchSource {
        let join = DividedJoin(
            name: operation, makeTable: makeTable, add: add, split: (splits[built], splits[1 - built]),
            makeSubdivision: makeSubdivision, probe: probe, memory: memory)
        return try join.join(sources[built], sources[1 - built])
    }
}
