/// Why a value cannot be encoded, or bytes cannot be decoded.
public enum PortableError: Error, Sendable, CustomStringConvertible {
    /// A type that has no encoding. `path` leads to it from the requested type.
    case unsupported(path: String, problem: String)
    /// A value that the encoding of its type does not cover.
    case unencodable(type: String, problem: String)
    /// Bytes that are not a value of `type`; `position` is where the fault shows, from the beginning of the bytes.
    case damaged(type: String, position: Int, problem: String)
    /// `encode(to:)` or `init(from:)` of a `Codable` type threw `cause`.
    case codable(type: String, cause: any Error)
    /// A handle cannot travel, or be made from the form that has arrived: `cause` says why.
    case handle(type: String, cause: any Error)
    /// The place in a graph where `cause` was found.
    indirect case within(path: String, cause: PortableError)
    /// Bytes made by another program or with another library ("" for the program) than are loaded here.
    case otherProgram(image: String)
    /// A part of a graph that travels by itself is not available.
    case sharedValue(hash: PortableHash, cause: any Error)
    /// The compiler lays functions out differently.
    case compiler(version: String, problem: String)

    public var description: String {
        switch self {
        case .unsupported(let path, let problem): path.isEmpty ? problem : "\(path): \(problem)"
        case .unencodable(let type, let problem): "a \(type) cannot be encoded: \(problem)"
        case .damaged(let type, let position, let problem): "not a \(type): byte \(position): \(problem)"
        case .codable(let type, let cause): "the Codable of \(type) failed: \(cause)"
        case .handle(let type, let cause): "a \(type) cannot travel: \(cause)"
        case .within(let path, let cause): "\(path): \(cause)"
        case .otherProgram(let image):
            "the bytes are of another build of \(image.isEmpty ? "the program" : image): run the same binary on both sides"
        case .sharedValue(let hash, let cause): "part \(hash) could not be had: \(cause)"
        case .compiler(let version, let problem): "functions made by Swift \(version) cannot travel: \(problem)"
        }
    }

    /// The error, with a path that begins at the first capture of a closure and leaves out the engine's own values before
    /// it.
    package var fromFirstCapture: PortableError {
        func rest(_ path: String) -> String {
            let places = path.split(separator: " > ", maxSplits: 1)
            return places.count == 2 ? String(places[1]) : ""
        }
        return switch self {
        case .unsupported(let path, let problem): .unsupported(path: rest(path), problem: problem)
        case .within(let path, let cause): rest(path).isEmpty ? cause : .within(path: rest(path), cause: cause)
        default: self
        }
    }

    /// The error of a handle that caused this error.
    package var handleCause: (any Error)? {
        switch self {
        case .handle(_, let cause as PortableError): cause.handleCause ?? cause
        case .handle(_, let cause): cause
        case .within(_, let cause): cause.handleCause
        default: nil
        }
    }

    /// The error, with `path` before its own path.
    func at(_ path: String) -> PortableError {
        switch self {
        case .unsupported(let rest, let problem): .unsupported(path: GraphPath.join(path, rest), problem: problem)
        case .within(let rest, let cause): .within(path: GraphPath.join(path, rest), cause: cause)
        default: path.isEmpty ? self : .within(path: path, cause: self)
        }
    }
}

/// The path to a value in a graph: "capture 1 > capture 0.table".
enum GraphPath {
    static func join(_ start: String, _ rest: String) -> String {
        if start.isEmpty { return rest }
        return rest.isEmpty || rest.hasPrefix(".") ? start + rest : "\(start) > \(rest)"
    }

    /// Leaves out the middle of a long path.
    static func join(all places: [String]) -> String {
        let places = places.filter { !$0.isEmpty }
        let shown = places.count <= 12 ? places : places.prefix(4) + ["..."] + places.suffix(7)
        return shown.reduce("") { join($0, $1) }
    }
}
