import MartletThreads
import Synchronization
import Testing
import TestSupport

@Suite struct MailboxTests {
    private final class Received: Sendable {
        private let events = Mutex<[Int]>([])
        var all: [Int] { events.withLock { $0 } }
        func add(_ event: Int) { events.withLock { $0.append(event) } }
    }

    @Test func everyEventInOrder() {
        let received = Received()
        let queue = Mailbox<Int>(capacity: 1_000_000) { received.add($0) }
        for event in 0..<10_000 { #expect(queue.post(event)) }
        queue.waitUntilDelivered()
        #expect(received.all == Array(0..<10_000))
        #expect(queue.droppedCount == 0)
    }

    @Test(arguments: [1, 2, 7])
    func whatFindsNoRoomIsCounted(_ capacity: Int) async {
        let (received, gate) = (Received(), Gate())
        let queue = Mailbox<Int>(capacity: capacity) { event in
            gate.pass()
            received.add(event)
        }
        #expect(queue.post(0))
        #expect(await eventually { gate.arrivals == 1 })
        for event in 1...20 { #expect(queue.post(event) == (event <= capacity)) }
        #expect(queue.droppedCount == 20 - capacity)
        gate.open()
        queue.waitUntilDelivered()
        #expect(received.all == Array(0...capacity))
        #expect(queue.post(21), "there is room again")
        queue.waitUntilDelivered()
        #expect(received.all.last == 21)
    }

    @Test func stoppingDeliversWhatWasPosted() async {
        let (received, gate) = (Received(), Gate())
        let queue = Mailbox<Int>(capacity: 100) { event in
            gate.pass()
            received.add(event)
        }
        for event in 0..<50 { queue.post(event) }
        queue.stop()
        #expect(!queue.post(50))
        #expect(queue.droppedCount == 0, "refused is not dropped")
        gate.open()
        queue.waitUntilDelivered()
        #expect(received.all == Array(0..<50))
        queue.stop()
        queue.waitUntilDelivered()
    }

    @Test func aQueueThatIsForgottenDeliversWhatWasPosted() async {
        let received = Received()
        do {
            let queue = Mailbox<Int>(capacity: 100) { received.add($0) }
            for event in 0..<50 { queue.post(event) }
        }
        #expect(await eventually { received.all.count == 50 })
    }

    @Test func manyPost() async {
        let received = Received()
        let queue = Mailbox<Int>(capacity: 1_000_000) { received.add($0) }
        await withTaskGroup(of: Void.self) { group in
            for poster in 0..<8 {
                group.addTask { for event in 0..<500 { queue.post(poster * 1000 + event) } }
            }
        }
        queue.waitUntilDelivered()
        for poster in 0..<8 {
            let own = received.all.filter { $0 / 1000 == poster }
            #expect(own == (0..<500).map { poster * 1000 + $0 })
        }
    }

    /// Two receivers, each of which waits for the other's queue.
    @Test func receiversDoNotWaitForEachOther() async {
        let received = Received()
        let queues = Mutex<[Mailbox<Int>]>([])
        let made = (0..<2).map { index in
            Mailbox<Int>(capacity: 10) { event in
                let other = queues.withLock { $0[1 - index] }
                other.waitUntilDelivered()
                received.add(event)
            }
        }
        queues.withLock { $0 = made }
        for queue in made { queue.post(1) }
        for queue in made { queue.waitUntilDelivered() }
        #expect(received.all == [1, 1])
        queues.withLock { $0 = [] }
    }
}
