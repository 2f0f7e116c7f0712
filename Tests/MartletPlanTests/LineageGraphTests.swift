import MartletCore
import MartletPlan
import Testing

@Suite struct LineageGraphTests {
    @Test func keepsExactlyTheAncestorsInOrder() {
        let strangers = [node(9, "map", [narrow(4)]), node(5, "parallelize")]
        let lineage = LineageGraph(root: RDDID(4), nodes: (wordCount + strangers).reversed())
        #expect(lineage.topologicalOrder == [0, 1, 2, 3, 4].map { RDDID($0) })
        #expect(lineage[RDDID(1)] == wordCount[1])
        #expect(lineage[RDDID(5)] == nil && lineage[RDDID(9)] == nil)
        #expect(LineageGraph(root: RDDID(2), nodes: wordCount).nodes.count == 3)
    }

    @Test func mappings() {
        #expect(PartitionMapping.oneToOne.parents(of: 3) == [3])
        let range = PartitionMapping.range(childStart: 2, parentStart: 1, count: 2)
        #expect((0..<5).map { range.parents(of: $0) } == [[], [], [1], [2], []])
        #expect(PartitionMapping.groups([[0, 2], [], [1]]).parents(of: 0) == [0, 2])
        #expect((0..<6).map { PartitionMapping.quotient(3).parents(of: $0) } == [[0], [0], [0], [1], [1], [1]])
        #expect((0..<4).map { PartitionMapping.remainder(3).parents(of: $0) } == [[0], [1], [2], [0]])
        #expect((0..<3).map { PartitionMapping.following(partitionCount: 3).parents(of: $0) } == [[1, 2], [2], []])
    }

    @Test func debugStringOfWordCount() {
        let text = graph(wordCount).debugString { $0 == RDDID(3) ? 2 : 7 }
        #expect(text == """
            (2) mapValues [4] at mapValues at Main.swift:14 []
             |  reduceByKey [3] at reduceByKey at Main.swift:13 [memoryOnly]
             |       CachedPartitions: 2
             +-(4) map [2] at map at Main.swift:12 []
                |  words flatMap [1] at flatMap at Main.swift:11 []
                |  textFile [0] at textFile at Main.swift:10 []
            """)
    }

    @Test func debugStringOfAJoinDrawsBarsBesideSiblings() {
        #expect(graph(Array(join[0...3])).debugString() == """
            (2) flatMap [3] at flatMap at Main.swift:13 []
             |  cogroup [2] at cogroup at Main.swift:12 []
             +-(3) parallelize [0] at parallelize at Main.swift:10 []
             +-(3) parallelize [1] at parallelize at Main.swift:11 []
            """)
    }

    @Test func debugStringDrawsARepeatedSubtreeOnce() {
        let lineage = graph([
            node(0, "parallelize"), node(1, "map", [narrow(0)]), node(2, "zip", [narrow(1), narrow(1)]),
        ])
        #expect(lineage.debugString() == """
            (2) zip [2] at zip at Main.swift:12 []
             |  map [1] at map at Main.swift:11 []
             |  parallelize [0] at parallelize at Main.swift:10 []
             |  map [1] at map at Main.swift:11 (above)
            """)
    }

    @Test func aChainOf100_000NodesIsDrawn() {
        let chain = (0..<100_000).map { node($0, "map", $0 == 0 ? [] : [narrow($0 - 1)]) }
        let text = graph(chain).debugString()
        #expect(text.utf8.lazy.filter { $0 == UInt8(ascii: "\n") }.count == 99_999)
    }

    @Test func aChainOfShufflesIsIndentedToALimit() {
        let chain = (0..<10_000).map { node($0, "sort", $0 == 0 ? [] : [shuffle($0, $0 - 1)]) }
        let text = graph(chain).debugString()
        #expect(text.utf8.count < 10_000 * 250)
    }

    @Test(arguments: [
        ([(nil, 4), (nil, 6)], nil, .hash(partitionCount: 6)),
        ([(nil, 4), (nil, 6)], 3, .hash(partitionCount: 3)),
        ([], nil, .hash(partitionCount: 0)),
        // Kept, since it has more than a tenth of the largest input.
        ([(.hash(partitionCount: 10), 10), (nil, 99)], nil, .hash(partitionCount: 10)),
        ([(.hash(partitionCount: 10), 10), (nil, 100)], nil, .hash(partitionCount: 100)),
        // Kept, since it has at least the default number.
        ([(.hash(partitionCount: 10), 10), (nil, 1000)], 10, .hash(partitionCount: 10)),
        ([(.hash(partitionCount: 10), 10), (nil, 1000)], 11, .hash(partitionCount: 11)),
        // The first of the largest RDDs that have a partitioner.
        ([(.hash(partitionCount: 4), 4), (.range(shuffle: ShuffleID(1), partitionCount: 8), 8),
            (.hash(partitionCount: 8), 8), (nil, 9)], nil, .range(shuffle: ShuffleID(1), partitionCount: 8)),
        ([(.hash(partitionCount: 0), 0), (nil, 3)], nil, .hash(partitionCount: 3)),
    ] as [([(PartitionerIdentity?, Int)], Int?, PartitionerIdentity)])
    func defaultPartitioners(
        _ inputs: [(PartitionerIdentity?, Int)], _ parallelism: Int?, _ expected: PartitionerIdentity
    ) {
        let inputs = inputs.map { (partitioner: $0.0, partitionCount: $0.1) }
        #expect(defaultPartitioner(inputs: inputs, defaultParallelism: parallelism) == expected)
    }

    @Test func partitionersDescribeThemselves() {
        let kinds: [PartitionerIdentity] = [
            .hash(partitionCount: 4), .range(shuffle: ShuffleID(2), partitionCount: 3),
            .custom(identity: "byCountry", partitionCount: 5),
        ]
        #expect(kinds.map(\.description) == ["hash(4)", "range(3)", "byCountry(5)"])
        #expect(kinds.map(\.partitionCount) == [4, 3, 5])
    }
}
