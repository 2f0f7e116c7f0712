package import MartletCore
package import MartletPortable
import Synchronization

extension SharedVariables {
    /// Decodes bytes that have arrived, with the values that they refer to.
    ///
    /// - Throws: also if such a value is missing; it may be available on the next call.
    package func arrived<Value>(_ type: Value.Type, from bytes: [UInt8]) throws -> Arrived<Value> {
        let arrival = Arrival(self)
        let value = try GraphCoder.decode(
            type, from: bytes, sharedValues: arrival.bytes, in: PortableSession(userInfo: arrival))
        try arrival.complete()
        let uses = arrival.uses
        return Arrived(value: value, uses: uses.sharedValues, hold: uses.bytes > 0 ? hold(uses.bytes) : nil)
    }
}

/// A value that has arrived, and the memory and encoded values that it holds in this process.
package struct Arrived<Value> {
    package let value: Value
    /// The encoded values that it was decoded from, for other users of them.
    let uses: [UsedSharedValues]
    /// Counts the memory of the values that were decoded from them.
    let hold: (any AnyObject & Sendable)?
}

extension Arrived: Sendable where Value: Sendable {}

/// A program or a value that arrives, and the values that must arrive before it is used.
package final class Arrival: Sendable {
    let table: SharedVariables
    private let needs = Mutex<[(value: any ArrivingValue, content: PortableHash)]>([])
    private let used = Mutex<(sharedValues: [UsedSharedValues], bytes: Int)>(([], 0))

    fileprivate init(_ table: SharedVariables) { self.table = table }

    /// The arrival of a session; nil for one in which nothing arrives.
    package static func of(_ session: PortableSession) -> Arrival? { session.userInfo as? Arrival }

    /// Notes a value whose contents arrive later.
    package func need(_ value: any ArrivingValue, _ content: PortableHash) {
        needs.withLock { $0.append((value, content)) }
    }

    fileprivate func bytes(of id: PortableHash) throws -> [UInt8] {
        let (bytes, use) = try table.sharedValue(id)
        used.withLock { used in
            used.sharedValues.append(use)
            used.bytes += bytes.count
        }
        return bytes
    }

    fileprivate var uses: (sharedValues: [UsedSharedValues], bytes: Int) { used.withLock { $0 } }

    fileprivate func complete() throws {
        for need in needs.withLock({ $0 }) { try need.value.arrive(need.content, in: table) }
    }
}

/// A value whose contents arrive after the reference to it.
package protocol ArrivingValue: AnyObject, Sendable {
    /// Makes the value available, with everything that it refers to. Several threads may call it at once.
    func arrive(_ content: PortableHash, in table: SharedVariables) throws

    /// Tasks must not read it any more.
    func wasDestroyed(_ broadcast: DestroyedBroadcast)
}
