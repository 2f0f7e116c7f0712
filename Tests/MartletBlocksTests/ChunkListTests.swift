@testable import MartletBlocks
import MartletCore
import TestSupport
import Testing

@Suite struct ChunkListTests {
    /// B4, and that reading returns the appended elements.
    private func check<Element: Equatable>(_ list: ChunkList, _ expected: [Element]) throws {
        #expect(list.count == expected.count)
        var sum = 0
        for index in 0..<list.chunkCount {
            let chunk = list.chunks[index]
            sum += chunk.count
            #expect(chunk.count > 0 && chunk.count <= chunk.capacity)
            if index < list.chunkCount - 1 { #expect(chunk.count == chunk.capacity, "only the last has room") }
            #expect(!list.batch(index).isOwned)
        }
        #expect(sum == list.count)
        #expect(list.byteCount == list.chunks.reduce(0) { $0 + $1.capacity * list.element.stride })
        #expect(list.byteCount <= Swift.max(5 * expected.count * list.element.stride, ChunkList.firstChunkBytes))
        let source = ChunkSource(list)
        #expect(try source.rest(Element.self) == expected)
        #expect(try source.next().isEmpty, "a source that has ended stays ended")
    }

    @Test(arguments: [0, 1, 127, 128, 129, 640, 641, 5000, 300_000])
    func appending(_ count: Int) throws {
        let numbers = ChunkList(ElementType(Int.self))
        try ArraySource(Array(0..<count), batchCount: 1000).forEachBatch { numbers.append($0) }
        try check(numbers, Array(0..<count))
        let texts = (0..<Swift.min(count, 5000)).map { "a text with number \($0)" }
        for isOwned in [true, false] {
            let list = ChunkList(ElementType(String.self))
            try ArraySource(texts, batchCount: 77, isOwned: isOwned).forEachBatch { list.append($0) }
            try check(list, texts)
        }
    }

    @Test func theOpenTail() throws {
        let list = ChunkList(ElementType(Int.self))
        var expected: [Int] = []
        for round in 0..<200 {
            let (base, capacity) = list.openTail()
            #expect(capacity > 0)
            let added = Swift.min(capacity, round % 37)
            for index in 0..<added {
                (base.assumingMemoryBound(to: Int.self) + index).initialize(to: expected.count)
                expected.append(expected.count)
            }
            list.commit(added)
        }
        try check(list, expected)
    }

    @Test func elementsLargerThanAChunk() throws {
        typealias Large = InlineArray<1000, Int>
        let list = ChunkList(ElementType(Large.self))
        try ArraySource((0..<50).map { Large(repeating: $0) }, batchCount: 7).forEachBatch { list.append($0) }
        #expect(list.count == 50)
        #expect(try ChunkSource(list).rest(Large.self).map { $0[999] } == Array(0..<50))
    }

    @Test func elementsOfNoSize() throws {
        let list = ChunkList(ElementType(Void.self))
        try ArraySource(Array(repeating: (), count: 5000)).forEachBatch { list.append($0) }
        #expect(list.count == 5000)
        #expect(try ChunkSource(list).rest(Void.self).count == 5000)
    }

    @Test func aListOwnsItsElements() throws {
        weak var watched: Box?
        do {
            let list = ChunkList(ElementType(Box.self))
            do {
                let box = Box()
                watched = box
                for isOwned in [true, false] {
                    try ArraySource(Array(repeating: box, count: 900), isOwned: isOwned).forEachBatch { list.append($0) }
                }
            }
            #expect(watched != nil)
            #expect(list.count == 1800)
        }
        #expect(watched == nil)
    }

    final class Box: Sendable {}
}

