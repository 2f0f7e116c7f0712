import MartletCore
import MartletPlan
import Testing

@Suite struct JobPlanTests {
    @Test func wordCountHasTwoStages() {
        let plan = JobPlan(graph: graph(wordCount))
        #expect(plan.stages.count == 2)
        #expect(plan.stages[0].output == .shuffle(ShuffleID(0)))
        #expect(plan.stages[0].nodes == [0, 1, 2].map { RDDID($0) })
        #expect(plan.stages[0].tasks == .all(count: 4))
        #expect(plan.resultStage.output == .result && plan.resultStage.root == RDDID(4))
        #expect(
            plan.resultStage.parents == [ShuffleID(0)] && plan.resultStage.neededParents == [ShuffleID(0)])
        #expect(plan.stageIndex(of: ShuffleID(0)) == 0 && plan.stageIndex(of: ShuffleID(1)) == nil)
    }

    @Test func aSharedShuffleIsOneStage() {
        let plan = JobPlan(graph: graph(join))
        #expect(
            plan.stages.map(\.output) == [
                .shuffle(ShuffleID(0)), .shuffle(ShuffleID(1)), .shuffle(ShuffleID(2)), .result,
            ])
        #expect(plan.stages[2].nodes == [RDDID(2), RDDID(3)])
        #expect(plan.resultStage.nodes == [RDDID(4), RDDID(5), RDDID(6)])
        #expect(plan.resultStage.parents == [ShuffleID(0), ShuffleID(2)])
    }

    @Test func cachedRDDsHideWhatTheyAreMadeOf() {
        let plan = JobPlan(graph: graph(join)) { $0 == RDDID(4) || $0 == RDDID(2) }
        #expect(plan.resultStage.neededParents == [ShuffleID(0)])
        #expect(plan.resultStage.parents == [ShuffleID(0), ShuffleID(2)])
        #expect(plan.stages[2].neededParents == [] && plan.stages[2].parents == [ShuffleID(0), ShuffleID(1)])
        let root = JobPlan(graph: graph(join)) { $0 == RDDID(6) }
        #expect(root.resultStage.neededParents == [])
    }

    @Test func actionsMayChoosePartitions() {
        let plan = JobPlan(graph: graph(wordCount), partitions: [1, 0, 1])
        #expect(plan.resultStage.tasks.count == 3)
        #expect((0..<3).map { plan.resultStage.tasks[$0] } == [1, 0, 1])
    }

    @Test func anEmptyRootHasAStageWithoutTasks() {
        let plan = JobPlan(graph: graph([node(0, "emptyRDD", partitions: 0)]))
        #expect(plan.stages.count == 1 && plan.resultStage.tasks.count == 0)
        #expect(
            plan.explain() == "1 stage, 0 to run, 0 tasks\n\nStage 0: skipped, there is nothing to compute\n"
                + "    [0] emptyRDD  Main.swift:10\n")
    }

    @Test func aChainOf100_000NodesIsPlanned() {
        let chain = (0..<100_000).map { id in
            node(id, "map", id == 0 ? [] : id % 1_000 == 0 ? [shuffle(id, id - 1)] : [narrow(id - 1)])
        }
        let plan = JobPlan(graph: graph(chain))
        #expect(plan.stages.count == 100)
        #expect(plan.stages.allSatisfy { $0.nodes.count == 1_000 })
    }

    @Test(arguments: [false, true])
    func diamondsDoNotMultiply(_ throughShuffles: Bool) {
        var nodes = [node(0, "parallelize")]
        for level in 0..<60 {
            let top = 3 * level
            nodes.append(node(top + 1, "left", [throughShuffles ? shuffle(top, top) : narrow(top)]))
            nodes.append(node(top + 2, "right", [throughShuffles ? shuffle(top + 1, top) : narrow(top)]))
            nodes.append(node(top + 3, "zip", [narrow(top + 1), narrow(top + 2)]))
        }
        let lineage = graph(nodes)
        let plan = JobPlan(graph: lineage)
        #expect(plan.stages.count == (throughShuffles ? 121 : 1))
        #expect(plan.stages.reduce(0) { $0 + $1.nodes.count } < 500)
        #expect(lineage.debugString().utf8.count < 100_000)
    }

    @Test(arguments: 0..<50)
    func randomGraphsKeepTheOrderOfStages(_ seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var nodes = [node(0, "source")]
        for id in 1..<60 {
            let dependencies = (0..<below(3)).map { _ in
                let parent = below(id)
                return below(2) == 0 ? narrow(parent) : shuffle(parent * 2 + below(2), parent)
            }
            nodes.append(node(id, "op", dependencies))
        }
        let cached = (0..<60).map { _ in below(4) == 0 }
        let plan = JobPlan(graph: graph(nodes)) { cached[$0.rawValue] }
        #expect(plan.stages.filter { $0.output == .result }.map(\.index) == [plan.stages.count - 1])
        #expect(Set(plan.stages.map(\.output)).count == plan.stages.count)
        for (index, stage) in plan.stages.enumerated() {
            #expect(
                stage.index == index && stage.nodes.last == stage.root && stage.nodes == stage.nodes.sorted())
            #expect(stage.parents.allSatisfy { plan.stageIndex(of: $0).map { $0 < index } == true })
            #expect(Set(stage.neededParents).isSubset(of: stage.parents))
        }
    }
}
