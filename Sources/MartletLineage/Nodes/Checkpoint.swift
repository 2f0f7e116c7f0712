package import MartletCore

/// How to cut an RDD's lineage.
package enum CheckpointKind: Sendable {
    /// By files that outlive the application.
    case files
    /// By the cached partitions.
    case cache
}

/// Where a checkpoint is.
package enum CheckpointPlace: Sendable, Hashable, CustomStringConvertible {
    /// In files of this directory.
    case directory(String)
    /// In the cached partitions.
    case cache

    package var description: String {
        switch self {
        case .directory(let path): path
        case .cache: "cached partitions"
        }
    }
}

/// The state of an RDD's checkpoint.
package enum CheckpointState: Sendable {
    /// No checkpoint was requested. Next: `marked`.
    case none
    /// The next action must write it. Next: `writing`.
    case marked(CheckpointKind, CallSite)
    /// An action writes it. Next: `done`, or `marked` if that fails.
    case writing(CheckpointKind, CallSite)
    /// The lineage is cut.
    case done(CheckpointPlace)

    var isLocal: Bool {
        switch self {
        case .marked(.cache, _), .writing(.cache, _), .done(.cache): true
        case .none, .marked, .writing, .done: false
        }
    }
}

extension LineageNode {
    /// Requests a checkpoint. It replaces an earlier request that is not being written yet; a checkpoint that is being written,
    /// or exists, stays.
    package func markCheckpoint(_ kind: CheckpointKind, _ site: CallSite) {
        changeCheckpoint { checkpoint, level in
            switch checkpoint {
            case .none, .marked: checkpoint = .marked(kind, site)
            case .writing, .done: return
            }
            if case .cache = kind { level = level.withDisk }
        }
    }

    /// Returns the checkpoint that the caller must write now, if any; the caller then calls `endCheckpoint`.
    package func beginCheckpoint() -> (CheckpointKind, CallSite)? {
        changeCheckpoint { checkpoint, level in
            guard case .marked(let kind, let site) = checkpoint else { return nil }
            checkpoint = .writing(kind, site)
            // It may have been unpersisted since.
            if case .cache = kind { level = level.withDisk }
            return (kind, site)
        }
    }

    /// - Parameter place: where the checkpoint is; nil if it could not be written.
    package func endCheckpoint(at place: CheckpointPlace?) {
        changeCheckpoint { checkpoint, _ in
            guard case .writing(let kind, let site) = checkpoint else { return }
            checkpoint = place.map(CheckpointState.done) ?? .marked(kind, site)
        }
    }
}
