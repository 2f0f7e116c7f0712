package import MartletClusterState

/// What a master must remember, outside of its process: the next leader reads it.
///
/// Called on one thread at a time.
package protocol RecordStore: AnyObject, Sendable {
    /// All records.
    /// - Throws: `RecordStoreError`
    func all() throws(RecordStoreError) -> [ClusterRecord]

    /// Writes and removes records, all or none. They are durable when this returns.
    /// - Throws: `RecordStoreError`; if another master leads by now, nothing was written.
    func apply(_ changes: [RecordChange]) throws(RecordStoreError)
}

/// One change of the records.
package enum RecordChange: Sendable, Hashable {
    case put(ClusterRecord)
    case remove(ClusterRecord.Key)
}

/// A master cannot read or write its records.
package enum RecordStoreError: Error, Equatable, CustomStringConvertible {
    /// Another master leads: this one must not decide any more.
    case leadershipLost(reason: String)
    case failed(reason: String)

    package var description: String {
        switch self {
        case .leadershipLost(let reason): "another master leads: \(reason)"
        case .failed(let reason): "the cluster's records cannot be read or written: \(reason)"
        }
    }
}

/// Remembers nothing beyond the process: `--recovery none`.
package final class NoRecords: RecordStore {
    package init() {}
    package func all() throws(RecordStoreError) -> [ClusterRecord] { [] }
    package func apply(_ changes: [RecordChange]) throws(RecordStoreError) {}
}
