/// A part of an answer in pieces.
package enum StreamPart: Sendable {
    case bytes([UInt8])
    /// A range of a file, read when its turn comes.
    case file(path: String, offset: Int, length: Int)

    /// - Units: bytes
    var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(_, _, let length): length
        }
    }
}
