import MartletClusterClient

/// A process of a worker cannot be started, or something about it cannot be found. The reason is one line.
struct StartFailure: Error, CustomStringConvertible {
    let description: String

    init(_ reason: String) { description = reason }
    init(_ error: FileServiceError) { description = error.description }
}
