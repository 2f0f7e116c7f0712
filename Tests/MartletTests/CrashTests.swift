import Glibc
import Martlet
import Testing

/// The last output of a program whose task ends its own process.
@Suite(.localOnly) struct CrashTests {
    private func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func aTrap() async throws {
        // Code inside a macro has the line where the macro begins.
        let line = #line + 1
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setenv("SWIFT_BACKTRACE", "enable=no", 1)
            let numbers = try makeContext("local[2]").range(0, 40, partitions: 4).map { ($0 % 3, $0) }
            _ = try await numbers.reduceByKey { first, second in second == 25 ? [first][second] : first + second }.collect()
        }
        let text = text(result)
        #expect(text.contains("martlet: crash in reduceByKey at CrashTests.swift:\(line), in partition 2 of stage 0 (attempt 0): a trap"), "\(text)")
    }

    @Test func aStackThatOverflows() async throws {
        let line = #line + 1
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setenv("SWIFT_BACKTRACE", "enable=no", 1)
            @Sendable func depth(of number: Int) -> Int { number == .min ? 0 : 1 + depth(of: number - 1) % 7 }
            _ = try await makeContext("local[2]").range(0, 4, partitions: 2).mapPartitions { rows in rows.map { depth(of: $0) } }.sum()
        }
        let text = text(result)
        #expect(text.contains("crash in mapPartitions at CrashTests.swift:\(line), in partition "), "\(text)")
        #expect(text.contains("the stack has overflowed (256 MiB)"), "\(text)")
    }

    /// It would seem to have succeeded.
    @Test func exitIsNoSuccess() async throws {
        let line = #line + 1
        let result = await #expect(processExitsWith: .exitCode(70), observing: [\.standardErrorContent]) {
            try await makeContext("local[2]").range(0, 4, partitions: 2).foreach { if $0 == 3 { exit(0) } }
        }
        let text = text(result)
        #expect(text.contains("martlet: exit(0) in foreach at CrashTests.swift:\(line), in partition 1 of stage 0 (attempt 0)"), "\(text)")
    }

    /// Outside of tasks, and with a meaningful status, nothing changes.
    @Test func exitOfTheApplication() async throws {
        await #expect(processExitsWith: .exitCode(3)) {
            try await makeContext("local[2]").range(0, 4, partitions: 2).foreach { if $0 == 3 { exit(3) } }
        }
        await #expect(processExitsWith: .exitCode(0)) {
            let count = try await makeContext("local[2]").range(0, 4, partitions: 2).count()
            exit(count == 4 ? 0 : 1)
        }
    }

    /// Existing handlers of the signal run afterwards.
    @Test func handlersOfTheApplicationAreCalled() async throws {
        await #expect(processExitsWith: .exitCode(9)) {
            for number in [SIGILL, SIGTRAP] { signal(number) { _ in _exit(9) } }
            _ = try await makeContext("local[2]").range(0, 4, partitions: 2).map { [1][$0] }.count()
        }
    }
}
