import MartletCore
import MartletPlan
import Testing

/// The cached partitions that a task would read.
@Suite struct CachedReadTests {
    private func reads(_ nodes: [PlanNode], stage: Int = 0, partition: Int = 0) -> [[String]] {
        JobPlan(graph: graph(nodes)).cachedReads(ofStage: stage).map { read in
            read.blocks(of: partition).map { "\($0.rdd).\($0.partition)" }
        }
    }

    private func kept(_ id: Int, _ dependencies: [Dependency] = [], partitions: Int = 4) -> PlanNode {
        node(id, "map", dependencies, partitions: partitions, level: .memoryOnly)
    }

    @Test func theNearestComesFirst() {
        let nodes = [
            kept(0), node(1, "map", [narrow(0)], partitions: 4), kept(2, [narrow(1)]),
            node(3, "map", [narrow(2)], partitions: 4),
        ]
        #expect(reads(nodes, partition: 3) == [["2.3"], ["0.3"]])
    }

    @Test func nothingIsKept() {
        #expect(reads([node(0, "map"), node(1, "map", [narrow(0)])]).isEmpty)
    }

    @Test func shufflesAreNotCrossed() {
        let nodes = [kept(0), node(1, "reduceByKey", [shuffle(0, 0)])]
        #expect(reads(nodes, stage: 0, partition: 2) == [["0.2"]])
        #expect(reads(nodes, stage: 1).isEmpty)
    }

    @Test func mappingsAreFollowed() {
        let union = [
            kept(0), kept(1),
            node(
                2, "union",
                [
                    narrow(0, .range(childStart: 0, parentStart: 0, count: 4)),
                    narrow(1, .range(childStart: 4, parentStart: 0, count: 4)),
                ], partitions: 8),
            node(3, "coalesce", [narrow(2, .groups([[0, 5], [6, 7]]))], partitions: 2),
        ]
        #expect(reads(union, partition: 0) == [["0.0"], ["1.1"]])
        #expect(reads(union, partition: 1) == [[], ["1.2", "1.3"]])
    }

    @Test func diamondsDoNotMultiply() {
        var nodes = [kept(0, partitions: 2)]
        for level in 0..<60 {
            let top = 3 * level
            nodes.append(node(top + 1, "left", [narrow(top)]))
            nodes.append(node(top + 2, "right", [narrow(top)]))
            nodes.append(node(top + 3, "zip", [narrow(top + 1), narrow(top + 2)]))
        }
        #expect(reads(nodes, partition: 1) == [["0.1"]])
    }

    @Test func aTaskOfManyPartitionsNamesAFew() {
        let groups = PartitionMapping.groups([Array(0..<1000)])
        let nodes = [kept(0, partitions: 1000), node(1, "coalesce", [narrow(0, groups)], partitions: 1)]
        #expect(reads(nodes).map(\.count) == [8])
    }
}
