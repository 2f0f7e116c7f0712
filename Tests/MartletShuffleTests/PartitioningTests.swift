@testable import MartletShuffle
import Testing

@Suite struct PartitioningTests {
    @Test(arguments: [-1, 3, .max, .min])
    func anIndexThatDoesNotExist(_ index: Int) {
        let partitioning = KeyPartitioning<Int>(partitionCount: 3) { _ in index }
        #expect(throws: PartitionerError.badIndex(index, partitionCount: 3)) {
            try partitioning.partition(of: 1, hash: 0)
        }
        #expect(
            PartitionerError.badIndex(index, partitionCount: 3).description
                == "the partitioner gave partition \(index), but there are 3: return 0 to 2")
    }

    /// Tables set the lowest bit of a hash; that must not move a key.
    @Test func theLowestBitOfAHashDoesNotChoose() throws {
        for count in 1...300 {
            var moved = 0
            let partitioning = KeyPartitioning<Int>(partitionCount: count)
            for partition in 1..<Swift.max(count, 2) {
                // The first hash of the partition, and its neighbour.
                let first = UInt64(count).dividingFullWidth((UInt64(partition % count), UInt64(count - 1))).quotient
                let (even, odd) = (first & ~1, first | 1)
                if try partitioning.partition(of: 0, hash: even) != partitioning.partition(of: 0, hash: odd) { moved += 1 }
            }
            #expect(moved == 0)
        }
    }

    @Test func dealingInTurn() {
        let turn = RoundRobin(bucketCount: 3)
        #expect((0..<7).map { _ in turn.next() } == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test(arguments: [[], [5], [1, 5, 9], Array(stride(from: 0, to: 100, by: 3))], [true, false])
    func rangesAreInOrder(_ sorted: [Int], _ isAscending: Bool) {
        let bounds = isAscending ? sorted : sorted.reversed()
        for key in -2...102 {
            let place = rangePartition(of: key, bounds: bounds, isAscending: isAscending)
            #expect(place == bounds.count { isAscending ? $0 < key : $0 > key })
        }
    }
}
