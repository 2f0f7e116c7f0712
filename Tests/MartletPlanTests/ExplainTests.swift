import MartletCore
import MartletPlan
import Testing

@Suite struct ExplainTests {
    @Test func wordCountAsGolden() {
        #expect(
            JobPlan(graph: graph(wordCount)).explain() == """
                2 stages, 2 to run, 6 tasks

                Stage 0: 4 tasks, writes shuffle 0 as hash(2), combining
                    [0] textFile         Main.swift:10
                    [1] flatMap "words"  Main.swift:11
                    [2] map              Main.swift:12

                Stage 1: 2 tasks, reads shuffle 0, gives the result
                    [3] reduceByKey      Main.swift:13  memoryOnly
                    [4] mapValues        Main.swift:14

                """)
    }

    @Test func writtenAndCachedInputIsSkipped() {
        let plan = JobPlan(graph: graph(join), partitions: [3]) { $0 == RDDID(4) }
        #expect(
            plan.explain { $0 == ShuffleID(0) } == """
                4 stages, 1 to run, 1 task

                Stage 0: skipped, has written shuffle 0 as hash(2)
                    [0] parallelize  Main.swift:10

                Stage 1: skipped, nothing in this job reads it
                    [1] parallelize  Main.swift:11

                Stage 2: skipped, nothing in this job reads it
                    [2] cogroup      Main.swift:12
                    [3] flatMap      Main.swift:13

                Stage 3: 1 task of 4 partitions, reads shuffle 0, gives the result
                    [4] sortByKey    Main.swift:14
                    [5] reuse        Main.swift:15
                    [6] union        Main.swift:16

                """)
    }

    @Test func sortedAndSeveralShuffles() {
        let lines = JobPlan(graph: graph(join)).explain().split(separator: "\n").filter {
            $0.hasPrefix("Stage")
        }
        #expect(
            lines == [
                "Stage 0: 3 tasks, writes shuffle 0 as hash(2)",
                "Stage 1: 3 tasks, writes shuffle 1 as hash(2)",
                "Stage 2: 2 tasks, reads shuffles 0 and 1, writes shuffle 2 as hash(2), sorted",
                "Stage 3: 4 tasks, reads shuffles 0 and 2, gives the result",
            ])
    }

    @Test func cachedRDDsAreMarked() {
        let text = JobPlan(graph: graph(wordCount)) { $0 == RDDID(3) }.explain()
        #expect(text.contains("    [3] reduceByKey      Main.swift:13  memoryOnly, cached\n"))
        #expect(text.hasPrefix("2 stages, 1 to run, 2 tasks\n"))
    }
}
