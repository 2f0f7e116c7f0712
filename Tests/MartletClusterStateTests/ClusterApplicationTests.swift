import MartletClusterState
import MartletCore
import Testing

/// What an application says to masters.
@Suite struct ClusterApplicationTests {
    private static let first = ClusterAddress(host: "a", port: 1)
    private static let second = ClusterAddress(host: "b", port: 2)
    private static let id = ApplicationID("app-1")

    private struct Host {
        var machine = ClusterApplication(
            ApplicationDescription(name: "it", address: ClusterAddress(host: "d", port: 9), memoryPerExecutorBytes: 1),
            masters: [first, second], token: 7, at: .zero)
        var now = Instant.zero

        mutating func tell(_ event: ClusterApplication.Event) -> [ClusterApplication.Action] { machine.handle(event, at: now) }

        mutating func hear(_ notice: ApplicationNotice, from master: ClusterAddress = first) -> [ClusterApplication.Action] {
            tell(.notice(notice, from: master))
        }

        mutating func wait(_ seconds: Int) -> [ClusterApplication.Action] {
            var actions: [ClusterApplication.Action] = []
            for _ in 0..<seconds {
                now = now + .seconds(1)
                actions += tell(.tick)
            }
            return actions
        }

        /// Registered, with executors 0 to 2.
        static var registered: Host {
            var host = Host()
            _ = host.tell(.tick)
            _ = host.tell(.connected(first))
            _ = host.hear(.registered(id, term: 3))
            for number in 0..<3 { _ = host.hear(.executorAdded(executor(number))) }
            return host
        }
    }

    private static func executor(_ number: Int) -> GrantedExecutor {
        GrantedExecutor(id: ExecutorID(number), worker: WorkerID("w"), host: "w", resources: Resources(cores: 2, memoryBytes: 1))
    }

    @Test func allMastersAreAskedUntilOneAnswers() {
        var host = Host()
        #expect(host.tell(.tick) == [.connect(Self.first), .connect(Self.second)])
        #expect(host.tell(.disconnected(Self.first, reason: "refused")) == [])
        #expect(host.tell(.connected(Self.second)) == [.register(host.machine.description, token: 7, with: Self.second)])
        #expect(host.hear(.standby, from: Self.second) == [])
        let said = host.wait(2)
        #expect(said.contains(.connect(Self.first)) && said.contains { if case .waiting = $0 { true } else { false } })
        #expect(host.wait(5).allSatisfy { if case .waiting = $0 { false } else { true } }, "it is said once")
        #expect(host.hear(.registered(Self.id, term: 1), from: Self.second) == [.registered(Self.id)])
        #expect(host.wait(1) == [.send(Self.id, .heartbeat([]), to: Self.second)])
    }

    @Test func executorsComeAndGo() {
        var host = Host.registered
        #expect(host.hear(.executorAdded(Self.executor(3))) == [.granted(Self.executor(3))])
        #expect(host.tell(.kill(ExecutorID(3))) == [.send(Self.id, .kill([ExecutorID(3)]), to: Self.first)])
        #expect(host.hear(.executorChanged(ExecutorID(1), .running, reason: "")) == [])
        #expect(
            host.hear(.executorChanged(ExecutorID(1), .exited, reason: "it crashed"))
                == [.exited(ExecutorID(1), reason: "it crashed", isFault: true)])
        #expect(
            host.hear(.executorChanged(ExecutorID(3), .exited, reason: "killed"))
                == [.exited(ExecutorID(3), reason: "killed", isFault: false)], "the driver wanted it so")
        #expect(
            host.hear(.executorChanged(ExecutorID(0), .lost, reason: "its worker is gone"))
                == [.exited(ExecutorID(0), reason: "its worker is gone", isFault: false)])
        #expect(host.machine.executors == [ExecutorID(2)])
    }

    @Test func theNextLeaderIsFound() {
        var host = Host.registered
        _ = host.wait(1)
        #expect(host.tell(.disconnected(Self.first, reason: "cut")) == [.connect(Self.first), .connect(Self.second)])
        #expect(host.tell(.kill(ExecutorID(1))) == [], "nobody hears it now")
        let all = (0..<3).map { ExecutorID($0) }
        #expect(host.tell(.connected(Self.second)) == [.reconnect(Self.id, having: all, with: Self.second)])
        #expect(host.hear(.registered(Self.id, term: 2), from: Self.second) == [], "a former leader")
        #expect(
            host.hear(.registered(Self.id, term: 4), from: Self.second)
                == [.send(Self.id, .kill([ExecutorID(1)]), to: Self.second)])
        // A silent leader is none, but the driver's own sleep is not its silence.
        host.now = host.now + .seconds(100)
        #expect(host.wait(1) == [.send(Self.id, .heartbeat(all), to: Self.second)])
        #expect(host.wait(11).contains(.reconnect(Self.id, having: all, with: Self.second)))
    }

    @Test func itEndsAlsoWithoutAMaster() {
        var host = Host.registered
        #expect(host.tell(.end(hasFailed: true)) == [.send(Self.id, .end(hasFailed: true), to: Self.first)])
        #expect(host.hear(.removed(reason: "it has ended")) == [.ended])
        #expect(host.tell(.tick) == [])
        var lonely = Host.registered
        _ = lonely.tell(.disconnected(Self.first, reason: "cut"))
        #expect(lonely.tell(.end(hasFailed: false)) == [])
        #expect(lonely.wait(5).last == .ended)
        var unknown = Host()
        #expect(unknown.tell(.end(hasFailed: false)) == [.ended], "no master knows it")
    }

    @Test func aMasterMayEndIt() {
        var host = Host.registered
        #expect(host.hear(.removed(reason: "an operator has killed it")) == [.failed("an operator has killed it"), .ended])
        var refused = Host()
        let answer = refused.hear(.refused(reason: "its weight is 0"))
        #expect(answer == [.failed("the master at a:1 refuses it: its weight is 0"), .ended])
    }
}
