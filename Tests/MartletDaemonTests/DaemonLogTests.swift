import Logging
import MartletClusterClient
import MartletClusterState
import MartletCore
import TestSupport
import Testing

@testable import MartletDaemon

/// The logs of daemons, and what stands in them.
@Suite struct DaemonLogTests {
    let directory = TemporaryDirectory()

    @Test func aLineHasTheTimeTheLevelAndTheDetails() throws {
        let time = UTCTime(Instant(nanoseconds: 1_795_852_800_123_456_789))
        let line = DaemonLog.line(time, .info, "worker", "registered\nwith \u{1B}[1m", ["id": "w 1", "a": "\u{2028}"])
        #expect(line == "2026-11-28T08:00:00.123Z INFO worker: registered\\nwith \\u{1B}[1m a=\\u{2028} id=w 1")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
    ])
    func timesAreThoseOfTheCalendar(_ milliseconds: Int64, _ text: String) {
        #expect(UTCTime(Instant(nanoseconds: milliseconds * 1_000_000)).description == text)
    }

    @Test func aFullFileIsRolledAndTheOldestGoes() throws {
        let path = directory.path("log")
        let log = DaemonLog.logger("x", to: try LogWriter(.file(path: path, byteLimit: 200, oldFiles: 2)))
        for number in 0..<20 { log.info("event \(number) \(String(repeating: ".", count: 40))") }
        #expect(directory.names == ["log", "log.1", "log.2"])
        let lines = ["log.2", "log.1", "log"].flatMap { (directory.text(of: $0) ?? "").split(separator: "\n") }
        #expect(lines.count == 6)
        #expect(lines.last?.contains("event 19") ?? false)
        for name in directory.names { #expect((directory.text(of: name) ?? "").utf8.count <= 200) }
    }

    @Test func aLineThatIsLargerThanTheFileIsWrittenAndLevelsCount() throws {
        let log = DaemonLog.logger("x", level: .warning, to: try LogWriter(.file(path: directory.path("log"), byteLimit: 10, oldFiles: 0)))
        log.info("not this")
        log.warning("first")
        log.error("second")
        #expect(directory.names == ["log"])
        #expect((directory.text(of: "log") ?? "").contains("ERROR x: second"))
        #expect(throws: FileServiceError.self) { try LogWriter(.file(path: directory.path("no/log"))) }
    }

    @Test func eventsOfOthersAreDroppedWhenTooManyWaitAndOwnOnesNot() {
        let queue = WorkerInbox<Int>(limit: 2)
        for number in 0..<4 { queue.offer(number) }
        queue.post(9)
        #expect(queue.next() == [0, 1, 9])
        #expect(queue.droppedCount == 2)
    }

    @Test(arguments: [
        ("a:1", "a:1"), ("[::1]:80", "::1:80"), ("::1:80", "::1:80"), ("a", nil), ("a:", nil), (":1", nil), ("a:0", nil), ("a:70000", nil), ("a b:1", nil),
    ])
    func addressesAreHostAndPort(_ text: String, _ expected: String?) {
        #expect(ProcessEnvironment.address(text)?.description == expected)
    }

    @Test func memoryOfAProcessIsThatOfItsGroupAndItsDescendants() throws {
        let parsed = try #require(ProcessMemory.Entry(stat: "42 (a) b ) R 7 40 " + (0..<18).map { _ in "0 " }.joined() + "3 9"))
        #expect(parsed == ProcessMemory.Entry(pid: 42, parent: 7, group: 40, residentBytes: 3 * pageBytes))
        #expect(ProcessMemory.Entry(stat: "42 (a") == nil && ProcessMemory.Entry(stat: "") == nil)
        func entry(_ pid: Int, _ parent: Int, _ group: Int) -> ProcessMemory.Entry {
            ProcessMemory.Entry(pid: pid, parent: parent, group: group, residentBytes: 1 << pid)
        }
        // 13 and 14 are each other's parents.
        let memory = ProcessMemory([
            entry(10, 1, 10), entry(11, 1, 10), entry(12, 10, 12), entry(13, 14, 13), entry(14, 13, 14), entry(15, 10, 15), entry(16, 15, 16),
        ])
        // 12 has a group of its own, and is a child of 10.
        let members = [10, 11, 12, 15, 16]
        #expect(memory.bytes(ofGroup: 10, atLeast: .max) == members.reduce(0) { $0 + (1 << $1) })
        #expect(MemoryLimit(of: Resources(cores: 1, memoryBytes: .max)).bytes == .max)
        #expect(MemoryLimit(of: Resources(cores: 1, memoryBytes: 10 << 30)).bytes == 11 << 30)
    }

    @Test func numbersOfBytesAreShort() {
        #expect([0, 1023, 1 << 10, 1 << 20 | 1 << 19, 384 << 20, 1 << 30, 1_395_864_371].map(byteText)
            == ["0 bytes", "1023 bytes", "1 KiB", "1.5 MiB", "384 MiB", "1 GiB", "1.3 GiB"])
    }
}
