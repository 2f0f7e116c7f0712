package import MartletCore
package import MartletPortable
import Synchronization

/// What handles find in a process when they are sent or arrive: accumulators and broadcasts by their ids.
///
/// In the driver the table knows the originals as long as somebody has them; in an executor it holds what takes their
/// place there.
package final class HandleTable: Sendable {
    package let blobs: BlobTable
    private let role: Role
    private let state = Mutex(State())

    package enum Role: Sendable {
        case driver
        /// - Parameter fetch: gets the bytes of a value that is not in the table.
        case executor(fetch: @Sendable (PortableHash) throws -> [UInt8])
    }

    private struct State: Sendable {
        var accumulators: [AccumulatorID: WeakAccumulator] = [:]
        var broadcasts: [BroadcastID: any AnyObject & Sendable] = [:]
    }

    private struct WeakAccumulator: Sendable {
        weak let accumulator: (any RemoteAccumulator)?
    }

    package init(_ role: Role, blobs: BlobTable = BlobTable()) {
        self.role = role
        self.blobs = blobs
    }

    package var isDriver: Bool { if case .driver = role { true } else { false } }

    /// The session in which programs are sent.
    package var session: PortableSession { PortableSession(userInfo: self) }

    /// The table of a session; nil where functions are only checked.
    package static func of(_ session: PortableSession) -> HandleTable? {
        session.userInfo as? HandleTable ?? Arrival.of(session)?.table
    }

    /// The accumulator of this id, which is made where there is none.
    package func accumulator<Found: RemoteAccumulator>(_ id: AccumulatorID, make: () -> Found) -> Found {
        let made = make()
        // Returned as well, since each may be the last reference to it, and none goes under the lock.
        let (known, result) = state.withLock { state -> ((any RemoteAccumulator)?, Found) in
            let known = state.accumulators[id]?.accumulator
            if let known = known as? Found { return (known, known) }
            state.accumulators[id] = WeakAccumulator(accumulator: made)
            return (known, made)
        }
        withExtendedLifetime(known) {}
        return result
    }

    package func accumulator(_ id: AccumulatorID) -> (any RemoteAccumulator)? {
        state.withLock { $0.accumulators[id]?.accumulator }
    }

    /// The broadcast of this id, which is made where there is none, and held until `forget`.
    package func broadcast<Found: AnyObject & Sendable>(_ id: BroadcastID, make: () -> Found) -> Found {
        state.withLock { state in
            if let known = state.broadcasts[id] as? Found { return known }
            let made = make()
            state.broadcasts[id] = made
            return made
        }
    }

    package func forget(_ broadcasts: [BroadcastID]) {
        let forgotten = state.withLock { state in broadcasts.map { state.broadcasts.removeValue(forKey: $0) } }
        // Values go here, outside of the lock.
        withExtendedLifetime(forgotten) {}
    }

    /// The bytes of a value, from wherever they are.
    package func bytes(of id: PortableHash) throws -> [UInt8] {
        if let known = blobs.content(of: id) { return known.bytes(0..<known.count) }
        guard case .executor(let fetch) = role else { throw LostBlob(id: id) }
        let bytes = try fetch(id)
        blobs.add(.arrived(bytes), as: id, pinned: false)
        return bytes
    }
}

/// An accumulator that gets what tasks of other processes have added.
package protocol RemoteAccumulator: AnyObject, Sendable {
    /// - Throws: where the bytes are not what a task's update encodes to.
    func update(_ bytes: [UInt8]) throws -> any AccumulatorUpdate
}

/// Nobody has a value that a program refers to.
package struct LostBlob: Error, CustomStringConvertible {
    package let id: PortableHash

    package init(id: PortableHash) { self.id = id }

    package var description: String { "a captured or broadcast value (\(id)) is nowhere to be had" }
}
