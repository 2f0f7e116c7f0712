import Foundation
import MartletClusterState
import MartletCore
import MartletStatistics
import Testing

@testable import MartletClusterStore
@testable import MartletDaemon

@Suite struct SQLiteRecordsTests {
    private let directory = NSTemporaryDirectory() + "martlet-records-\(UUID().uuidString)"

    private func worker(_ number: Int, cores: Int = 1) -> ClusterRecord {
        .worker(
            WorkerDescription(
                id: WorkerID("worker-\(number)"), address: ClusterAddress(host: "h", port: number),
                resources: Resources(cores: cores, memoryBytes: 1 << 30)))
    }

    private func removeDirectory() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func whatWasWrittenIsThereAgain() throws {
        defer { removeDirectory() }
        var random = SeededGenerator(seed: 5)
        var expected: [ClusterRecord.Key: ClusterRecord] = [:]
        for _ in 0..<20 {
            let records = try SQLiteRecords(directory)
            #expect(Set(try records.all()) == Set(expected.values))
            for _ in 0..<10 {
                let changes = (0..<Int(random.next() % 5)).map { _ -> RecordChange in
                    let record = random.next() % 5 == 0 ? .master(MasterRecord(term: Int(random.next() % 100))) : worker(Int(random.next() % 10), cores: Int(random.next() % 9))
                    return random.next() % 3 == 0 ? .remove(record.key) : .put(record)
                }
                try records.apply(changes)
                for change in changes {
                    switch change {
                    case .put(let record): expected[record.key] = record
                    case .remove(let key): expected[key] = nil
                    }
                }
            }
            #expect(Set(try records.all()) == Set(expected.values))
        }
    }

    @Test func onlyOneMasterHasThem() throws {
        defer { removeDirectory() }
        let records = try SQLiteRecords(directory)
        let failure = try #require(#expect(throws: RecordStoreError.self) { try SQLiteRecords(directory) })
        #expect("\(failure)".contains("process \(getpid()), another master"))
        try records.apply([.put(worker(1))])
    }

    @Test func othersCannotReadThem() throws {
        defer { removeDirectory() }
        let records = try SQLiteRecords(directory)
        try records.apply([.put(worker(1))])
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/" + name)
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0, "\(name)")
        }
    }

    @Test func aFileOfALaterVersionOrNoneIsRefused() throws {
        defer { removeDirectory() }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("this is no database, and long enough to be looked at as one".utf8).write(to: URL(fileURLWithPath: directory + "/master.sqlite"))
        #expect(throws: RecordStoreError.self) { try SQLiteRecords(directory) }
    }
}
