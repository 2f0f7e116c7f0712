import ChildProgram
import Glibc
import TestSupport
import Testing

extension ClusterTests {
    /// Executors do not outlive their driver, however it ends.
    @Suite struct DriverEndTests {
        @Test(arguments: ["wait", "exit", "trap"])
        func executorsEndWithTheirDriver(_ mode: String) async throws {
            let folder = TemporaryDirectory()
            let secret = "driver-\(UInt64.random(in: .min ... .max))"
            let driver = try Child([Child.program("cluster-driver"), mode, folder.path, secret])
            var line = driver.nextLine()
            while let text = line, text != "ready" { line = driver.nextLine() }
            #expect(line == "ready")
            #expect(mode != "wait" || ExecutorInfo.all(secret: secret).count == 2)
            if mode == "wait" { driver.kill() }
            _ = driver.wait()
            #expect(await eventually { ExecutorInfo.all(secret: secret).isEmpty })
            for process in ExecutorInfo.all(secret: secret) { process.send(SIGKILL) }
        }
    }

    /// Executors that cannot be started.
    @Suite struct StartFailureTests {
        private func outcomes(_ mode: String) throws -> [String] {
            let folder = TemporaryDirectory()
            let secret = "driver-\(UInt64.random(in: .min ... .max))"
            let driver = try Child([Child.program("cluster-driver"), mode, folder.path, secret])
            let lines = driver.lines().filter { $0.hasPrefix("action ") }
            #expect(driver.wait() == 0)
            #expect(ExecutorInfo.all(secret: secret).isEmpty)
            return lines.map { String($0.dropFirst(7)) }
        }

        /// Actions that wait for executors can be cancelled and stopped.
        @Test func actionsWaitAndSaySo() throws {
            let outcomes = try outcomes("unstartable")
            try #require(outcomes.count == 3)
            #expect(outcomes[0].hasPrefix("failed: CancellationError"), "\(outcomes[0])")
            #expect(outcomes[1].contains("the context is stopped"), "\(outcomes[1])")
            #expect(outcomes[2].contains("the context is stopped"), "\(outcomes[2])")
        }

        /// Actions that wait for executors continue once executors register.
        @Test func executorsThatCannotBeReplacedForAWhile() throws {
            #expect(try outcomes("starving") == ["counted 10", "counted 4"])
        }
    }
}
