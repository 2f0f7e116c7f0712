import MartletCore
import MartletPlan
import Testing

/// Where the tasks of a stage are best run, by the sources that they read.
@Suite struct HostedReadTests {
    private func source(_ id: Int, _ hosts: [[String]]) -> PlanNode {
        PlanNode(
            id: RDDID(id), operation: "textFile", callSite: CallSite(file: "App/Main.swift", line: 10 + id),
            partitionCount: hosts.count, dependencies: [], elementType: "String", preferredHosts: hosts)
    }

    private func hosts(_ nodes: [PlanNode], stage: Int = 0, partition: Int) -> [[String]] {
        JobPlan(graph: graph(nodes)).hostedReads(ofStage: stage).map { $0.hosts(of: partition) }
    }

    @Test func narrowStepsAreFollowed() {
        let nodes = [
            source(0, [["a", "b"], [], ["c"]]), node(1, "map", [narrow(0)], partitions: 3),
            node(2, "coalesce", [narrow(1, .groups([[1, 2], [0]]))], partitions: 2),
        ]
        #expect(hosts(nodes, partition: 0) == [["c"]], "of the first partition that has any")
        #expect(hosts(nodes, partition: 1) == [["a", "b"]])
        #expect(hosts([nodes[0]], partition: 1) == [[]])
    }

    @Test func theSourcesOfAUnion() {
        let nodes = [
            source(0, [["a"]]), node(1, "textFile", partitions: 1), source(2, [["b"], ["c"]]),
            node(
                3, "union",
                [
                    narrow(0, .range(childStart: 0, parentStart: 0, count: 1)), narrow(1, .range(childStart: 1, parentStart: 0, count: 1)),
                    narrow(2, .range(childStart: 2, parentStart: 0, count: 2)),
                ], partitions: 4),
        ]
        #expect((0..<4).map { hosts(nodes, partition: $0) } == [[["a"], []], [[], []], [[], ["b"]], [[], ["c"]]])
    }

    /// Each task of a union finds its own source among many.
    @Test func wideUnions() {
        let count = 40
        let sources = (0..<count).map { source($0, [["host \($0)"]]) }
        let parts = (0..<count).map { narrow($0, .range(childStart: $0, parentStart: 0, count: 1)) }
        let nodes = sources + [node(count, "union", parts, partitions: count)]
        for partition in 0..<count {
            #expect(hosts(nodes, partition: partition).filter { !$0.isEmpty } == [["host \(partition)"]])
        }
    }

    @Test func shufflesAndCheckpointsEndTheSearch() {
        let nodes = [source(0, [["a"], ["b"]]), node(1, "reduceByKey", [shuffle(0, 0)])]
        #expect(hosts(nodes, stage: 0, partition: 1) == [["b"]])
        #expect(hosts(nodes, stage: 1, partition: 1).isEmpty)
        #expect(hosts([nodes[0].cut(checkpoint: "/kept")], partition: 0).isEmpty)
        #expect(hosts([node(0, "textFile"), node(1, "map", [narrow(0)])], partition: 0).isEmpty, "no source has any")
    }

    @Test func renumberedNodesKeepTheirHosts() {
        #expect(source(0, [["a"]]).renumbered(RDDID(7)).preferredHosts == [["a"]])
    }
}
