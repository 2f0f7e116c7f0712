import ChildProgram
import Glibc
import Martlet
import TestSupport
import Testing

/// A job that spills onto a full disk: a clear error, nothing left behind, and success once there is space again.
@Suite struct FullDiskTests {
    private let place = ScratchPlace()

    private static let spillingJob = Child.program("spilling-job")

    /// Runs a program to its end.
    private func run(_ arguments: [String]) throws -> (lines: [String], status: Int32) {
        let child = try Child(arguments)
        return (child.lines(), child.wait())
    }

    private func expectRecovery(_ lines: [String], _ reason: String) {
        #expect(lines.count == 9, "\(lines)")
        guard lines.count == 9 else { return }
        #expect(lines[0].hasPrefix("failed: the stage of "), "\(lines[0])")
        #expect(lines[0].contains("after 2 attempts: \(place.path)/"), "\(lines[0])")
        #expect(lines[0].contains(": writing pages failed at byte ") && lines[0].contains(": \(reason); "), "\(lines[0])")
        #expect(Array(lines[1...3]) == ["held 0", "descriptors 0", "files 0"])
        #expect(Array(lines[4...7]) == ["counted 60000", "held 0", "descriptors 0", "files 0"])
        #expect(lines[8] == "left 0")
    }

    @Test func spaceForEverything() throws {
        let (lines, status) = try run([Self.spillingJob, place.path, "0"])
        #expect(status == 0)
        #expect(lines == ["counted 60000", "held 0", "descriptors 0", "files 0", "left 0"])
    }

    @Test(arguments: [1, 100, 5000])
    func filesThatMayNotGrow(_ limit: Int) throws {
        let (lines, status) = try run([Self.spillingJob, place.path, "\(limit)"])
        #expect(status == 0)
        expectRecovery(lines, "File too large")
    }

    /// A real disk of 8 MiB, in a mount namespace of the child, which disappears with it. Needs the right to mount.
    @Test func aFullDisk() throws {
        let script = """
            mount -t tmpfs -o size=8m none "$1" || exit 77
            head -c 7900000 /dev/zero > "$1/ballast"
            exec "$2" "$1" 0
            """
        let (lines, status) = try run(
            ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", place.path, Self.spillingJob])
        if lines.isEmpty { return }
        #expect(status == 0)
        expectRecovery(lines, "No space left on device")
    }

    /// A process that is killed while it spills leaves nothing.
    @Test func aKilledProcess() async throws {
        let (lines, status) = try run([Self.spillingJob, place.path, "die"])
        #expect(status == -SIGKILL && lines.isEmpty)
        #expect(await eventually { place.names.isEmpty })
        let context = try makeContext("local[1]", place.setting)
        defer { context.stop() }
        #expect(place.files.isEmpty)
        #expect(try await context.range(0, 1000, partitions: 2).map { ($0 % 10, $0) }.groupByKey().count() == 10)
    }
}
