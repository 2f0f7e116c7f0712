import Logging
import Martlet
import MartletDriver
import MartletCore
import Synchronization
import TestSupport
import Testing

/// What operators read.
@Suite(.localOnly) struct LogListenerTests {
    /// Keeps lines: level, message and metadata.
    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        init(_ lines: Lines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(fields.joined(separator: " "))") }
        }
    }

    private struct Refusal: Error, Codable, CustomStringConvertible {
        var description: String { "first line\nsecond line" }
    }

    @Test func oneLineForAnEvent() async throws {
        let context = try makeContext("local[1]", "martlet.app.name=a test")
        let lines = Lines()
        context.addListener(LogListener(Logger(label: "test") { _ in Handler(lines) }))
        _ = try await context.range(0, 10, partitions: 2).count(line: 10)
        let failing = context.range(0, 10, partitions: 1).map({ number -> Int in throw Refusal() }, line: 20)
        #expect(await failure { try await failing.count(line: 30) } != nil)
        context.stop()
        let texts = lines.lines.withLock { $0 }
        let name = "LogListenerTests.swift"
        #expect(texts.contains("info count at \(name):10 has ended job=0"))
        #expect(texts.contains { $0.hasPrefix("error count at \(name):30 has failed: ") && $0.hasSuffix("job=1") })
        #expect(
            texts.contains {
                $0.hasPrefix("warning a task has failed: ") && $0.contains("first line second line")
                    && $0.hasSuffix("attempt=0 executor=0 job=1 partition=0 stage=1.0")
            })
        #expect(texts.first?.hasPrefix("info a test begins on ") == true)
        #expect(texts.last?.hasPrefix("info a test has ended") == true)
        #expect(texts.allSatisfy { !$0.contains("\n") })
    }

    @Test func silentUnlessASettingSaysOtherwise() throws {
        #expect(LogListener(level: .off) == nil)
        for level in LogLevel.allCases where level != .off { #expect(LogListener(level: level) != nil) }
        let context = try makeContext("local[1]")
        #expect(context.settings[.logLevel] == .off && !context.driver.isObserved)
        context.stop()
        let logged = try makeContext("local[1]", "martlet.log.level=error")
        #expect(logged.driver.isObserved)
        logged.stop()
    }
}
