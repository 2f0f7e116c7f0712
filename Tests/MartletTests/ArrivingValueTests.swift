import Martlet
import MartletPortable
import MartletTasks
import Synchronization
import Testing
import TestSupport

/// Broadcasts that arrive at an executor after the values that refer to them.
@Suite struct ArrivingValueTests {
    let context: MartletContext
    let driver = SharedVariables(.driver)

    init() throws { context = try makeContext() }

    /// A process that finds the driver's values, except for some.
    private func executor(without lost: Set<PortableHash> = []) -> SharedVariables {
        SharedVariables(
            .executor { [driver] hash in
                guard !lost.contains(hash), let content = driver.sharedValues.content(of: hash) else {
                    throw LostSharedValue(id: hash)
                }
                return content.bytes(0..<content.count)
            })
    }

    private func encoded<Value: Sendable>(_ value: Broadcast<Value>) throws -> [UInt8] {
        try GraphCoder.encode(value, in: driver.session).bytes
    }

    @Test func whatIsLostFailsOnlyWhatNeedsIt() throws {
        let (lost, found) = (context.broadcast([1, 2]), context.broadcast("here"))
        let (lostBytes, foundBytes) = (try encoded(lost), try encoded(found))
        let content = try GraphCoder.encode([1, 2], in: driver.session).bytes.withUnsafeBytes { PortableHash(of: $0) }
        let table = executor(without: [content])
        for _ in 0..<2 {
            #expect(throws: LostSharedValue.self) { try table.arrived(Broadcast<[Int]>.self, from: lostBytes) }
            #expect(try table.arrived(Broadcast<String>.self, from: foundBytes).value.value == "here")
        }
        #expect(try executor().arrived(Broadcast<[Int]>.self, from: lostBytes).value.value == [1, 2])
    }

    @Test func oneInsideAnother() throws {
        let inner = context.broadcast([3, 4])
        let outer = context.broadcast(["twice": inner, "again": inner])
        let arrived = try executor().arrived(Broadcast<[String: Broadcast<[Int]>]>.self, from: encoded(outer)).value
        #expect(arrived.value["twice"]?.value == [3, 4] && arrived.value["again"]?.value == [3, 4])
    }

    @Test func theOuterOneWaitsForTheInnerOne() throws {
        let inner = context.broadcast([5])
        let bytes = try encoded(context.broadcast([inner]))
        let content = try GraphCoder.encode([5], in: driver.session).bytes.withUnsafeBytes { PortableHash(of: $0) }
        let table = executor(without: [content])
        // The second time, too: the outer value is not considered complete.
        for _ in 0..<2 {
            #expect(throws: LostSharedValue.self) { try table.arrived(Broadcast<[Broadcast<[Int]>]>.self, from: bytes) }
        }
    }
}
