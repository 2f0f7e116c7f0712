/// Why a value cannot become bytes, or bytes no value.
public enum PortableError: Error, Sendable, CustomStringConvertible {
    /// A type that has no encoding. `path` leads to it from the type that was asked for.
    case unsupported(path: String, problem: String)
    /// A value of a type that has an encoding, which this value does not fit.
    case unencodable(type: String, problem: String)
    /// Bytes that are no value of `type`; `position` is where that shows, from the beginning of the bytes.
    case damaged(type: String, position: Int, problem: String)
    /// `encode(to:)` or `init(from:)` of a `Codable` type threw `cause`.
    case codable(type: String, cause: any Error)

    public var description: String {
        switch self {
        case .unsupported(let path, let problem): "\(path): \(problem)"
        case .unencodable(let type, let problem): "a \(type) cannot be encoded: \(problem)"
        case .damaged(let type, let position, let problem): "not a \(type): byte \(position): \(problem)"
        case .codable(let type, let cause): "the Codable of \(type) failed: \(cause)"
        }
    }
}
