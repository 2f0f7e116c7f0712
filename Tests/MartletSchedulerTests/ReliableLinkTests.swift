import MartletCore
import MartletScheduler
import MartletStatistics
import Testing

/// Each message once and in order, whatever the network does.
@Suite struct ReliableLinkTests {
    typealias Link = ReliableLink<Int, Int>

    /// Two ends, and the frames between them.
    struct Pair {
        var ends = [
            Link(local: 1, peer: 2, retransmitAfter: .milliseconds(10)),
            Link(local: 2, peer: 1, retransmitAfter: .milliseconds(10)),
        ]
        /// What is on its way to each end, and what each was given.
        var frames: [[LinkFrame<Int>]] = [[], []]
        var delivered: [[Int]] = [[], []]
        var now = Instant.zero

        mutating func tell(_ end: Int, _ event: Link.Event) {
            for action in ends[end].handle(event, at: now) {
                switch action {
                case .transmit(let frame): frames[1 - end].append(frame)
                case .deliver(let message): delivered[end].append(message)
                case .overflow: Issue.record("overflow")
                }
            }
        }

        mutating func arrive(at end: Int, _ place: Int = 0) { tell(end, .received(frames[end].remove(at: place))) }

        mutating func arriveAll() {
            while !frames[0].isEmpty || !frames[1].isEmpty { arrive(at: frames[0].isEmpty ? 1 : 0) }
        }

        mutating func wait(_ duration: Duration = .milliseconds(10)) {
            now = now + duration
            for end in 0..<2 { tell(end, .tick) }
        }
    }

    @Test func messagesArriveAndAreAcknowledgedWithTheNextTick() {
        var pair = Pair()
        for message in 0..<3 { pair.tell(0, .send(message)) }
        pair.arriveAll()
        #expect(pair.delivered[1] == [0, 1, 2] && pair.ends[0].waitingCount == 3)
        pair.wait(.milliseconds(1))
        pair.arriveAll()
        #expect(pair.ends[0].waitingCount == 0 && pair.frames.allSatisfy(\.isEmpty))
        pair.wait()
        #expect(pair.frames[0].isEmpty && pair.frames[1].isEmpty, "silence when there is nothing to say")
    }

    @Test func anAnswerAcknowledges() {
        var pair = Pair()
        pair.tell(0, .send(7))
        pair.arriveAll()
        pair.tell(1, .send(8))
        pair.arriveAll()
        #expect(pair.ends[0].waitingCount == 0 && pair.delivered[0] == [8])
    }

    @Test func manyMessagesAreAcknowledgedWithoutATick() {
        var pair = Pair()
        for message in 0..<10_000 {
            pair.tell(0, .send(message))
            pair.arriveAll()
        }
        #expect(pair.delivered[1] == Array(0..<10_000) && pair.ends[0].waitingCount < 32)
    }

    @Test func lostFramesAreSentAgainWithPatience() {
        var pair = Pair()
        pair.tell(0, .send(1))
        pair.frames = [[], []]
        pair.wait(.milliseconds(9))
        #expect(pair.frames[1].isEmpty)
        pair.wait(.milliseconds(1))
        #expect(pair.frames[1].count == 1)
        pair.frames = [[], []]
        pair.wait(.milliseconds(19))
        #expect(pair.frames[1].isEmpty, "twice as patient")
        pair.wait(.milliseconds(1))
        pair.arriveAll()
        pair.wait()
        pair.arriveAll()
        #expect(pair.delivered[1] == [1] && pair.ends[0].waitingCount == 0)
    }

    @Test func aNewConnectionRepeatsAtOnce() {
        var pair = Pair()
        for message in 0..<5 { pair.tell(0, .send(message)) }
        pair.frames = [[], []]
        pair.tell(0, .reconnected)
        pair.arriveAll()
        #expect(pair.delivered[1] == [0, 1, 2, 3, 4])
    }

    @Test func theOrderIsMendedAndTheBufferBounded() {
        var pair = Pair()
        for message in 0..<1000 { pair.tell(0, .send(message)) }
        #expect(pair.frames[1].count == Link.window, "the rest waits")
        while pair.frames[1].count > 1 { pair.arrive(at: 1, pair.frames[1].count - 1) }
        #expect(pair.delivered[1].isEmpty && pair.ends[1].earlyCount == Link.window - 1)
        pair.arriveAll()
        for _ in 0..<10 {
            pair.wait(.milliseconds(1))
            pair.arriveAll()
        }
        #expect(pair.delivered[1] == Array(0..<1000) && pair.ends[1].earlyCount == 0)
    }

    @Test func framesOfOtherProcessesAreDropped() {
        var pair = Pair()
        pair.tell(0, .received(LinkFrame(sender: 3, receiver: 1, number: 1, acknowledged: 0, payload: 9)))
        pair.tell(0, .received(LinkFrame(sender: 2, receiver: 4, number: 1, acknowledged: 0, payload: 9)))
        pair.tell(0, .received(LinkFrame(sender: 2, receiver: 1, number: 1, acknowledged: 5, payload: 9)))
        #expect(pair.delivered[0].isEmpty && pair.ends[0].strangeFrameCount == 3)
        pair.tell(0, .received(LinkFrame(sender: 2, receiver: 1, number: .max, acknowledged: 0, payload: 9)))
        pair.tell(0, .received(LinkFrame(sender: 2, receiver: 1, number: -1, acknowledged: -1, payload: 9)))
        #expect(pair.delivered[0].isEmpty && pair.ends[0].earlyCount == 0)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func anyNetworkWillDo(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pair = Pair()
        var sent = [0, 0]
        for step in 0..<4000 {
            let end = Int.random(in: 0...1, using: &random)
            if step < 2000, random.chance(60) {
                pair.tell(end, .send(sent[end]))
                sent[end] += 1
            }
            if !pair.frames[end].isEmpty {
                let place = Int.random(in: 0..<pair.frames[end].count, using: &random)
                if random.chance(10) { pair.frames[end].append(pair.frames[end][place]) }
                if random.chance(15) { pair.frames[end].remove(at: place) } else { pair.arrive(at: end, place) }
            }
            if random.chance(2) { pair.frames[end] = [] }
            if random.chance(1) { pair.tell(end, .reconnected) }
            if random.chance(10) { pair.wait(.milliseconds(3)) }
            #expect(pair.ends[end].earlyCount <= Link.window)
        }
        for _ in 0..<200 {
            pair.wait()
            pair.arriveAll()
        }
        #expect(pair.delivered == [Array(0..<sent[1]), Array(0..<sent[0])])
        #expect(pair.ends.allSatisfy { $0.waitingCount == 0 && $0.earlyCount == 0 })
    }
}
