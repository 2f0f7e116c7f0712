package import MartletCore
package import MartletPortable
import Synchronization

extension SharedVariables {
    /// Decodes what has arrived, with the values that it refers to.
    ///
    /// - Throws: also what such a value lacks; it may be had the next time.
    package func arrived<Value>(_ type: Value.Type, from bytes: [UInt8]) throws -> Arrived<Value> {
        let arrival = Arrival(self)
        let value = try GraphCoder.decode(
            type, from: bytes, blobs: arrival.bytes, in: PortableSession(userInfo: arrival))
        try arrival.complete()
        let uses = arrival.uses
        return Arrived(value: value, uses: uses.blobs, hold: uses.bytes > 0 ? hold(uses.bytes) : nil)
    }
}

/// What has arrived, and what it keeps here as long as somebody has it.
package struct Arrived<Value> {
    package let value: Value
    /// The encoded values that it was made of, for others who need them too.
    let uses: [UsedBlobs]
    /// Counts the values that were made of them.
    let hold: (any AnyObject & Sendable)?
}

extension Arrived: Sendable where Value: Sendable {}

/// A program or a value that arrives, and what has to be there before it is used.
package final class Arrival: Sendable {
    let table: SharedVariables
    private let needs = Mutex<[(value: any ArrivingValue, content: PortableHash)]>([])
    private let used = Mutex<(blobs: [UsedBlobs], bytes: Int)>(([], 0))

    fileprivate init(_ table: SharedVariables) { self.table = table }

    /// The arrival of a session; nil for one in which nothing arrives.
    package static func of(_ session: PortableSession) -> Arrival? { session.userInfo as? Arrival }

    /// Notes a value of which the contents come later.
    package func need(_ value: any ArrivingValue, _ content: PortableHash) {
        needs.withLock { $0.append((value, content)) }
    }

    fileprivate func bytes(of id: PortableHash) throws -> [UInt8] {
        let (bytes, use) = try table.blob(id)
        used.withLock { used in
            used.blobs.append(use)
            used.bytes += bytes.count
        }
        return bytes
    }

    fileprivate var uses: (blobs: [UsedBlobs], bytes: Int) { used.withLock { $0 } }

    fileprivate func complete() throws {
        for need in needs.withLock({ $0 }) { try need.value.arrive(need.content, in: table) }
    }
}

/// A value of which the contents come after what refers to it.
package protocol ArrivingValue: AnyObject, Sendable {
    /// Makes sure that the value is there, with all that it refers to. Several threads may call it at once.
    func arrive(_ content: PortableHash, in table: SharedVariables) throws

    /// Tasks must not read it any more.
    func wasDestroyed(_ broadcast: DestroyedBroadcast)
}
