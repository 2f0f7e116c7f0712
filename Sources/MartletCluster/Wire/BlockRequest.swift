import MartletCore
import MartletPortable

/// A request between processes of an application.
enum BlockRequest: Sendable {
    /// The index of a published map output.
    case index(path: String)
    /// Bytes of a published map output: the answer is a stream.
    case range(path: String, offset: Int, length: Int)
    /// The damage of a published map output: the answer is empty if there is none. Without a range, its index is checked.
    case verification(path: String, range: Range<Int>?)
    /// A chunk of a captured or broadcast value. The driver answers with `ValueChunkAnswer`, an executor with the bytes.
    case chunk(PortableHash, index: Int)
    /// The result of a task: the answer is a stream.
    case result(TaskID)
    /// A cached partition. The driver answers with `BlockHolders`, an executor with a stream: the bytes of a file of pages.
    case block(BlockID)
    /// The sender caches a partition: the receiver must fetch it there, and cache it as well. The answer is a `CopyReceipt`.
    ///
    /// - element: encoded `ElementType`
    case copy(BlockID, StorageLevel, element: [UInt8], from: ExecutorID)

    private static let coder = WireCoder<BlockRequest>()

    var encoded: [UInt8] { Self.coder.encode(self) }

    init(decoding bytes: [UInt8]) throws(PortableError) { self = try Self.coder.decode(bytes).message }

    /// The requested file or value, for messages.
    var path: String {
        switch self {
        case .index(let path), .range(let path, _, _), .verification(let path, _): path
        case .chunk(let value, let index): "chunk \(index) of value \(value)"
        case .result(let task): "the result of task \(task)"
        case .block(let id), .copy(let id, _, _, _): "partition \(id.partition) of RDD \(id.rdd)"
        }
    }
}

/// A request to the driver.
struct DriverRequest: Sendable {
    let request: BlockRequest
    /// The holders that the driver named did not have it.
    let isSecondTime: Bool

    private static let coder = WireCoder<DriverRequest>()

    var encoded: [UInt8] { Self.coder.encode(self) }

    init(_ request: BlockRequest, _ isSecondTime: Bool) { (self.request, self.isSecondTime) = (request, isSecondTime) }

    init(decoding bytes: [UInt8]) throws(PortableError) { self = try Self.coder.decode(bytes).message }
}
