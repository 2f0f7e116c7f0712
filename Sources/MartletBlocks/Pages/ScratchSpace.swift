import Glibc
public import MartletCore
import MartletFiles
public import MartletPages
import Synchronization

/// Files that are only needed during this process: spills, and cached partitions on disk, spread over several directories.
///
/// The directories are created with the first file, and deleted with their content at the end.
public final class ScratchSpace: Sendable {
    private let places: [String]
    private let codec: PageCodec
    private let zstdLevel: Int
    private let warn: @Sendable (String) -> Void
    private let state = Mutex(State())

    private struct State: Sendable {
        var directories: LocalDirectories?
        var made = 0
    }

    /// - Parameters:
    ///   - places: directories to spread files over.
    ///   - warn: gets a line for a place that cannot be used, if other places can.
    public init(
        places: [String], codec: PageCodec = .lz4, zstdLevel: Int = 1,
        warn: @escaping @Sendable (String) -> Void = ScratchSpace.writeWarning
    ) {
        self.warn = warn
        self.places = places
        self.codec = codec
        self.zstdLevel = zstdLevel
    }

    /// Takes its values from the settings `martlet.local.dir`, `martlet.io.compression.codec` and its level.
    public convenience init(_ settings: Settings) {
        self.init(
            places: settings[.localDirectories], codec: settings[.compressionCodec].pageCodec,
            zstdLevel: settings[.zstdLevel])
    }

    /// Removes files that killed processes have left.
    public func removeAbandoned() { for place in places { LocalDirectories.removeAbandoned(in: place) } }

    /// Compresses pages according to the settings. For one thread.
    public func makeEncoder() -> PageEncoder { PageEncoder(codec: codec, zstdLevel: zstdLevel) }

    /// The path for a file of this name: the same one each time, in a directory that exists.
    ///
    /// - Throws: `FileError.noLocalDirectory` where none can be used.
    public func path(of name: String) throws -> String {
        let directories = try state.withLock { state throws(FileError) in
            if let known = state.directories { return known }
            let made = try LocalDirectories(in: places) { [warn] problem in
                warn("\(problem); the other directories of martlet.local.dir are used")
            }
            state.directories = made
            return made
        }
        return try directories.path(of: name)
    }

    /// Writes a line to standard error.
    public static func writeWarning(_ text: String) {
        var line = "martlet: \(text)\n"
        line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }

    /// The path for a new file.
    public func newPath(_ kind: String) throws -> String {
        let number = state.withLock { state in
            state.made += 1
            return state.made
        }
        return try path(of: "\(kind)_\(number)")
    }

    /// Removes everything. Open files can still be read.
    public func removeAll() {
        let directories = state.withLock { $0.directories.take() }
        withExtendedLifetime(directories) {}
    }
}

extension CompressionCodec {
    /// The same in the format of pages.
    public var pageCodec: PageCodec {
        switch self {
        case .none: .raw
        case .lz4: .lz4
        case .zstd: .zstd
        }
    }
}
