import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletStatistics
import Testing

/// Messages between processes of a cluster.
@Suite struct CodingTests {
    private static let program = {
        var program = ProgramLaunch(
            program: FileReference(hash: String(repeating: "a", count: 64), byteCount: 60 << 20, name: "word count/é"),
            source: .driver(ClusterAddress(host: "::1", port: 4711)), secret: ClusterSecret("a \"secret\" \\ / \u{1}"))
        program.arguments = ["", "a b", "\u{1F426}"]
        program.environment = ["A": "b=c", "": ""]
        program.files = [program.program]
        return program
    }()

    private static let application = ApplicationID("app-20261128080000-0001")
    private static let work = [
        WorkID.executor(application, ExecutorID(3)), .driver(DriverID("driver-20261128080000-0002"), launch: 2),
    ]

    private static var report: WorkReport {
        var report = WorkReport(lastLaunch: LaunchNumber(term: 3, number: .max))
        let launch = Launch(number: LaunchNumber(term: 1, number: 2), work: work[1], resources: Resources(cores: 1, memoryBytes: 1 << 40), isSupervised: true)
        report.processes = [RunningWork(launch: launch, isRunning: false)]
        report.ended = [EndedWork(work[0], .failed(reason: "no\nreason")), EndedWork(work[1], .exited(status: 137))]
        report.isDecommissioned = true
        return report
    }

    private static var masterMessages: [MasterMessage] {
        var driver = DriverDescription(name: "", resources: .zero, isSupervised: true)
        driver.program = program
        var description = ApplicationDescription(name: "n", address: ClusterAddress(host: "h", port: 1), memoryPerExecutorBytes: 1)
        description.program = program
        let worker = WorkerDescription(
            id: WorkerID("worker-1"), address: ClusterAddress(host: "h", port: 65535), resources: Resources(cores: 1, memoryBytes: 2))
        return [
            .registerWorker(worker, report), .worker(WorkerID("w"), .report(report)), .worker(WorkerID("w"), .started(work[0])),
            .worker(WorkerID("w"), .ended(EndedWork(work[1], .killed))), .registerApplication(description, token: .max),
            .reconnectApplication(application, having: [ExecutorID(0), ExecutorID(9)], secret: ClusterSecret("s")),
            .submitDriver(driver, token: 0), .killDriver(DriverID("d")), .driverStatus(DriverID("d")), .killApplication(application),
            .decommission([]),
        ]
    }

    private static var notices: [MasterNotice] {
        let launch = Launch(number: LaunchNumber(term: 1, number: 2), work: work[0], resources: Resources(cores: 2, memoryBytes: 1))
        let kinds: [WorkerOrder.Kind] = [
            .registered, .refused(reason: "r"), .registerAgain, .standby, .launch(launch), .kill(work[1]), .acknowledged(work),
            .applicationEnded(application), .decommission,
        ]
        return kinds.map { .worker(WorkerOrder(term: 7, $0), launch: program) } + [.worker(WorkerOrder(term: 0, .standby), launch: nil)]
    }

    private static var requests: [ClusterRequest] {
        [
            .overview, .file(hash: "x"), .store(program.program), .log(.application(application), ExecutorID(0), .errors, offset: .max),
            .log(.driver(DriverID("d")), nil, .output, offset: -1),
        ]
    }

    /// What a value is: its JSON, with the keys in order.
    private func check<Value: Codable>(_ value: Value) throws {
        let decoded: Value = try ClusterCoding.decode(ClusterCoding.encode(value))
        #expect(String(describing: decoded).sortedCharacters == String(describing: value).sortedCharacters)
        // Secrets are in no text, but travel.
        #expect(ClusterCoding.encode(decoded).sorted() == ClusterCoding.encode(value).sorted())
    }

    @Test func messagesSurviveTheirCoding() throws {
        for message in Self.masterMessages { try check(message) }
        for notice in Self.notices { try check(notice) }
        for request in Self.requests { try check(request) }
        let copy: ProgramLaunch = try ClusterCoding.decode(ClusterCoding.encode(Self.program))
        #expect(copy == Self.program)
        let report: WorkReport = try ClusterCoding.decode(ClusterCoding.encode(Self.report))
        #expect(report == Self.report)
    }

    /// Random bytes, and messages with changed, missing and repeated bytes: a message or an error with a bounded text.
    @Test func randomInputIsAMessageOrAnError() {
        let seeds = Self.masterMessages.map(ClusterCoding.encode) + Self.notices.map(ClusterCoding.encode) + Self.requests.map(ClusterCoding.encode)
        var generator = SeededGenerator(seed: 14)
        var taken = 0
        for round in 0..<200_000 {
            var bytes: [UInt8]
            if round % 8 == 0 {
                bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
            } else {
                bytes = seeds.randomElement(using: &generator)!
                for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[place] = .random(in: 0...255, using: &generator)
                    case 1: bytes[place] = Array("{}[]\",:0-9eE.\\".utf8).randomElement(using: &generator)!
                    case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &generator)))
                    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
                    }
                }
            }
            do throws(ClusterMessageError) {
                switch round % 3 {
                case 0: _ = try ClusterCoding.decode(bytes, as: MasterMessage.self)
                case 1: _ = try ClusterCoding.decode(bytes, as: MasterNotice.self)
                default: _ = try ClusterCoding.decode(bytes, as: ClusterRequest.self)
                }
                taken += 1
            } catch {
                #expect(error.description.count < 500)
            }
        }
        #expect(taken > 0)
    }

    /// A text of many brackets needs no deep stack.
    @Test func deeplyNestedInputIsRefused() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(throws: ClusterMessageError.self) { try ClusterCoding.decode(bytes, as: MasterMessage.self) }
    }
}

extension String {
    /// Equal for texts of dictionaries in different orders.
    fileprivate var sortedCharacters: [Character] { sorted() }
}
