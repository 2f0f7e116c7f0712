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

        @Test func actionsSaySoAndDoNotHang() throws {
            let outcomes = try outcomes("unstartable")
            #expect(outcomes.count == 6)
            for outcome in outcomes.prefix(5) {
                #expect(outcome.hasPrefix("failed: "), "\(outcome)")
                #expect(outcome.contains("executors cannot be kept running"), "\(outcome)")
                #expect(outcome.contains("has ended with code 0"), "\(outcome)")
            }
            #expect(outcomes.last?.contains("the context is stopped") == true)
        }

        @Test func executorsThatCannotBeReplaced() throws {
            let outcomes = try outcomes("starving")
            #expect(outcomes.count == 4)
            #expect(outcomes.first == "counted 10")
            for outcome in outcomes.dropFirst() {
                #expect(outcome.contains("executors cannot be kept running"), "\(outcome)")
            }
        }
    }
}
