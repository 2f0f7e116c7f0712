import MartletBlocks
package import MartletCore
package import MartletPortable
package import MartletStatus

/// An executor's report to the driver on a task, apart from its outcome.
package struct TaskDetails: Sendable {
    /// The encoded result; empty if the driver must fetch it.
    package var result: [UInt8] = []
    /// - Units: bytes of the encoded result, also if the driver must fetch it.
    package var resultBytes = 0
    /// The task's accumulator updates.
    package var updates: [EncodedUpdate] = []
    package var metrics = TaskMetrics()
    /// The slot in which it ran, counted from 0; nil if that was not measured.
    package var slot: Int?
    package var stored: [BlockUpdate] = []
    /// Block updates of other executors that were asked for copies.
    package var copies: [CopyUpdate] = []
    /// Partitions with fewer copies than their storage level requires.
    package var fewerCopies: [FewerCopies] = []
    /// The error that it failed with: a `TravellingError`.
    package var error: [UInt8] = []

    package init() {}

    private static let coder = Result { () throws(PortableError) in try ValueCoder.of(TaskDetails.self) }

    package func encoded() throws(PortableError) -> [UInt8] { try Self.coder.get().bytes(of: [self]) }

    package init(decoding bytes: [UInt8]) throws(PortableError) {
        self = try Self.coder.get().values(of: TaskDetails.self, count: 1, in: bytes)[0]
    }
}

/// A partition with fewer copies than its storage level requires.
package struct FewerCopies: Sendable {
    package let id: BlockID
    package let copies, wanted: Int

    package init(id: BlockID, copies: Int, wanted: Int) { (self.id, self.copies, self.wanted) = (id, copies, wanted) }
}

/// A task's update of an accumulator.
package struct EncodedUpdate: Sendable {
    package let accumulator: AccumulatorID
    package let bytes: [UInt8]

    package init(accumulator: AccumulatorID, bytes: [UInt8]) { (self.accumulator, self.bytes) = (accumulator, bytes) }
}
