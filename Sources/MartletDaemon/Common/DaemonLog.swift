package import Logging
import MartletThreads

/// Where a daemon's log goes.
package enum LogDestination: Sendable {
    case standardError

    /// A file that is renamed to `.1` when it is full; what was `.1` becomes `.2`, and the oldest goes.
    case file(path: String, byteLimit: Int = 16 << 20, oldFiles: Int = 5)
}

/// Writes a log with one line an event:
///
///     2026-11-28T08:00:00.123Z INFO worker: registered with 127.0.0.1:7077 id=worker-20261128080000-127.0.0.1-4711
///
/// Line breaks and control characters of a message are written as escapes, so that no text of others makes a line of its own.
package struct DaemonLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let writer: LogWriter

    private init(_ label: String, _ level: Logger.Level, _ writer: LogWriter) {
        (self.label, logLevel, self.writer) = (label, level, writer)
    }

    /// The log of a daemon. Loggers of one process that write to one file share a `LogWriter`.
    package static func logger(_ label: String, level: Logger.Level = .info, to writer: LogWriter) -> Logger {
        Logger(label: label) { DaemonLog($0, level, writer) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var details = metadata
        if let provided = metadataProvider?.get() { details.merge(provided) { $1 } }
        if let added = event.metadata { details.merge(added) { $1 } }
        if let error = event.error { details["error"] = "\(error)" }
        writer.write(Self.line(UTCTime(.sinceEpoch), event.level, label, "\(event.message)", details))
    }

    static func line(
        _ time: UTCTime, _ level: Logger.Level, _ label: String, _ message: String, _ details: Logger.Metadata
    ) -> String {
        var line = "\(time) \(level.rawValue.uppercased()) \(label): \(escaped(message))"
        for (key, value) in details.sorted(by: { $0.key < $1.key }) { line += " \(escaped(key))=\(escaped("\(value)"))" }
        return line
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            line += isControl(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 32 || (127..<160).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
