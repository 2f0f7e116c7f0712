/// A file, known by its content.
package struct FileReference: Hashable, Sendable, Codable {
    /// SHA-256, as 64 hexadecimal digits.
    package let hash: String
    package let byteCount: Int

    /// Its name for those who use it, without a folder.
    package let name: String

    package init(hash: String, byteCount: Int, name: String) {
        (self.hash, self.byteCount, self.name) = (hash, byteCount, name)
    }
}

/// What a process of a worker runs. The machines carry it and do not look into it.
package struct ProgramLaunch: Hashable, Sendable, Codable {
    /// Where a worker gets files that it does not have.
    package enum Source: Hashable, Sendable, Codable {
        case master

        /// The driver of the application, which serves them to those that know the application's secret.
        case driver(ClusterAddress)
    }

    /// The executable.
    package var program: FileReference
    package var source: Source
    package var arguments: [String] = []

    /// Variables beside those of the worker.
    package var environment: [String: String] = [:]

    /// Files and archives that the process finds in its working directory.
    package var (files, archives) = ([FileReference](), [FileReference]())

    /// What the processes of the application prove to each other.
    package var secret: ClusterSecret

    package init(program: FileReference, source: Source, secret: ClusterSecret) {
        (self.program, self.source, self.secret) = (program, source, secret)
    }

    /// The variable of an executor's launch that says where its driver listens, as `host:port`.
    package static let driverAddressName = "MARTLET_DRIVER_ADDRESS"

    /// Nothing: for what never runs.
    package static let none = ProgramLaunch(
        program: FileReference(hash: "", byteCount: 0, name: ""), source: .master, secret: ClusterSecret(""))
}

/// A secret. It is in no text that is made of a value with it.
package struct ClusterSecret: Hashable, Sendable, Codable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
