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
    /// What it failed with, where that can be encoded.
    package var error: [UInt8] = []

    package init() {}

    private static let coder = Result { () throws(PortableError) in try ValueCoder.of(TaskDetails.self) }

    package func encoded() throws(PortableError) -> [UInt8] { try Self.coder.get().bytes(of: [self]) }

    package init(decoding bytes: [UInt8]) throws(PortableError) {
        self = try Self.coder.get().values(of: TaskDetails.self, count: 1, in: bytes)[0]
    }
}

/// What a task has added to an accumulator.
package struct EncodedUpdate: Sendable {
    package let accumulator: AccumulatorID
    package let bytes: [UInt8]
}

/// An error on its way to the driver.
package enum TravellingError {
    private struct Box: Sendable {
        let error: any Error
    }

    /// - Returns: nothing where the error cannot be encoded; its text has to do.
    package static func encoded(_ error: any Error) -> [UInt8] {
        let graph = try? GraphCoder.encode(Box(error: error), in: PortableSession())
        return graph.map { $0.blobs.isEmpty ? $0.bytes : [] } ?? []
    }

    /// - Returns: nil where there is none.
    package static func decoded(_ bytes: [UInt8]) -> (any Error)? {
        if bytes.isEmpty { return nil }
        let box = try? GraphCoder.decode(
            Box.self, from: bytes, blobs: { throw LostBlob(id: $0) }, in: PortableSession())
        return box?.error
    }
}
