import MartletBlocks
package import MartletCore
package import MartletPortable

/// What an executor tells the driver of a task beside how it ended.
package struct TaskDetails: Sendable {
    /// The encoded result, unless it is to be fetched.
    package var result: [UInt8] = []
    /// - Units: bytes of the encoded result, also where it is to be fetched.
    package var resultBytes = 0
    /// What the task has added to accumulators.
    package var updates: [EncodedUpdate] = []
    package var metrics = TaskMetrics()
    package var stored: [BlockUpdate] = []
    /// What other executors keep for it.
    package var copies: [CopyUpdate] = []
    /// Partitions that fewer executors keep than their level says.
    package var fewerCopies: [FewerCopies] = []
    /// What it failed with: a `TravellingError`.
    package var error: [UInt8] = []

    package init() {}

    private static let coder = Result { () throws(PortableError) in try ValueCoder.of(TaskDetails.self) }

    package func encoded() throws(PortableError) -> [UInt8] { try Self.coder.get().bytes(of: [self]) }

    package init(decoding bytes: [UInt8]) throws(PortableError) {
        self = try Self.coder.get().values(of: TaskDetails.self, count: 1, in: bytes)[0]
    }
}

/// A partition that fewer executors keep than its level says.
package struct FewerCopies: Sendable {
    package let id: BlockID
    package let copies, wanted: Int
}

/// What a task has added to an accumulator.
package struct EncodedUpdate: Sendable {
    package let accumulator: AccumulatorID
    package let bytes: [UInt8]
}
