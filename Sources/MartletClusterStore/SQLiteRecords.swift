import Foundation
internal import GRDB
package import MartletClusterState
package import MartletDaemon
internal import MartletClusterClient

/// The records of a master in an SQLite file, for one master at a time: another one that is started with the same file refuses.
package final class SQLiteRecords: RecordStore {
    /// The layout of the file. A file of a later one is refused.
    private static let version = 1
    private let lock: RecordLock
    private let queue: DatabaseQueue

    /// - Parameter directory: made if it is missing.
    package init(_ directory: String) throws(RecordStoreError) {
        do throws(FileServiceError) { try makeDirectory(directory) } catch { throw .failed(reason: "\(error)") }
        lock = try RecordLock(directory + "/master.lock")
        let path = directory + "/master.sqlite"
        do {
            try makePrivateFile(path)
            var configuration = Configuration()
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { database in
                let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard found <= Self.version else {
                    throw RecordStoreError.failed(reason: "\(path) was written by a later version of Martlet; use that version")
                }
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, kind TEXT NOT NULL, json BLOB NOT NULL) WITHOUT ROWID;
                        PRAGMA user_version = \(Self.version)
                        """)
            }
        } catch let error as RecordStoreError {
            throw error
        } catch {
            throw .failed(reason: "\(path): \(error)")
        }
    }

    package func all() throws(RecordStoreError) -> [ClusterRecord] {
        do {
            let rows = try queue.read { try Data.fetchAll($0, sql: "SELECT json FROM records ORDER BY key") }
            return try rows.map { try ClusterCoding.decode(Array($0)) }
        } catch {
            throw .failed(reason: "\(error)")
        }
    }

    package func apply(_ changes: [RecordChange]) throws(RecordStoreError) {
        do {
            try queue.write { database in
                for change in changes {
                    switch change {
                    case .put(let record):
                        try database.execute(
                            sql: "INSERT OR REPLACE INTO records (key, kind, json) VALUES (?, ?, ?)",
                            arguments: [record.key.text, record.key.kind, Data(ClusterCoding.encode(record))])
                    case .remove(let key):
                        try database.execute(sql: "DELETE FROM records WHERE key = ?", arguments: [key.text])
                    }
                }
            }
        } catch {
            throw .failed(reason: "\(error)")
        }
    }
}

extension ClusterRecord.Key {
    var kind: String {
        switch self {
        case .master: "master"
        case .worker: "worker"
        case .application: "application"
        case .driver: "driver"
        }
    }

    /// Unique: the ids of one kind differ, and each begins with its kind.
    var text: String {
        switch self {
        case .master: kind
        case .worker(let id): "\(kind)/\(id)"
        case .application(let id): "\(kind)/\(id)"
        case .driver(let id): "\(kind)/\(id)"
        }
    }
}
