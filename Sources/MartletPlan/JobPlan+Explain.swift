public import MartletCore

extension JobPlan {
    /// The stages of the job as text, for reading before it runs.
    ///
    /// ```text
    /// 2 stages, 2 to run, 6 tasks
    ///
    /// Stage 0: 4 tasks, writes shuffle 0 as hash(2), combining
    ///     [0] textFile         Main.swift:10
    ///     [1] flatMap "words"  Main.swift:11
    ///     [2] map              Main.swift:12
    ///
    /// Stage 1: 2 tasks, reads shuffle 0, gives the result
    ///     [3] reduceByKey      Main.swift:13  memoryOnly
    /// ```
    ///
    /// - Parameter hasOutput: whether the whole output of a shuffle exists, so that its stage is skipped
    public func explain(hasOutput: (ShuffleID) -> Bool = { _ in false }) -> String {
        let fates = stageFates(hasOutput: hasOutput)
        let shuffles = shuffleDependencies()
        let width = graph.nodes.lazy.map(\.explainedOperation.count).max() ?? 0
        let running = stages.filter { fates[$0.index] == .runs }
        var text =
            counted(stages.count, "stage") + ", \(running.count) to run, "
            + counted(running.reduce(0) { $0 + $1.tasks.count }, "task") + "\n"
        for stage in stages {
            text += "\nStage \(stage.index): \(headline(of: stage, fates[stage.index], shuffles))\n"
            for id in stage.nodes {
                let place = graph.place(of: id)
                text += "    " + line(of: graph.nodes[place], isCached: isCached[place], width: width) + "\n"
            }
        }
        return text
    }

    /// Which stages run, found from the result stage backwards: a stage runs when a running stage needs its output, and that
    /// output does not exist.
    func stageFates(hasOutput: (ShuffleID) -> Bool) -> [StageFate] {
        var fates = [StageFate](repeating: .notNeeded, count: stages.count)
        if resultStage.tasks.count == 0 { return fates }
        fates[resultStage.index] = .runs
        for stage in stages.reversed() where fates[stage.index] == .runs {
            for shuffle in stage.neededParents {
                guard let parent = stageIndex(of: shuffle) else { continue }
                fates[parent] = hasOutput(shuffle) ? .written : .runs
            }
        }
        return fates
    }

    private func headline(of stage: StagePlan, _ fate: StageFate, _ shuffles: [ShuffleID: ShuffleDependency])
        -> String
    {
        switch fate {
        case .runs:
            [tasks(of: stage), reads(of: stage), writes(of: stage, shuffles)].filter { !$0.isEmpty }
                .joined(separator: ", ")
        case .written: "skipped, \(writes(of: stage, shuffles, verb: "has written"))"
        case .notNeeded where stage.tasks.count == 0: "skipped, there is nothing to compute"
        case .notNeeded: "skipped, nothing in this job reads it"
        }
    }

    private func tasks(of stage: StagePlan) -> String {
        switch stage.tasks {
        case .all(let count): counted(count, "task")
        case .listed(let partitions):
            counted(partitions.count, "task") + " of "
                + counted(graph[stage.root]?.partitionCount ?? 0, "partition")
        }
    }

    private func reads(of stage: StagePlan) -> String {
        let names = stage.neededParents.map(\.description)
        return switch names.count {
        case 0: ""
        case 1: "reads shuffle \(names[0])"
        default: "reads shuffles \(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
        }
    }

    private func writes(
        of stage: StagePlan, _ shuffles: [ShuffleID: ShuffleDependency], verb: String = "writes"
    ) -> String {
        switch stage.output {
        case .result: "gives the result"
        case .shuffle(let id):
            "\(verb) shuffle \(id)" + (shuffles[id].map { " as " + $0.layout } ?? "")
        }
    }

    private func line(of node: PlanNode, isCached: Bool, width: Int) -> String {
        let operation = node.explainedOperation
        var line = operation + String(repeating: " ", count: width - operation.count) + "  \(node.callSite)"
        if node.storageLevel.isPersistent { line += "  \(node.storageLevel)" + (isCached ? ", cached" : "") }
        if let checkpoint = node.checkpoint { line += "  from checkpoint \(checkpoint)" }
        return line
    }

    private func shuffleDependencies() -> [ShuffleID: ShuffleDependency] {
        var shuffles: [ShuffleID: ShuffleDependency] = [:]
        for node in graph.nodes {
            for case .shuffle(let shuffle) in node.dependencies { shuffles[shuffle.id] = shuffle }
        }
        return shuffles
    }

    private func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}

/// The fate of a stage when its job runs.
enum StageFate: Equatable {
    /// Its tasks run.
    case runs

    /// Its shuffle exists already.
    case written

    /// Every reader of it is cached, written, or not needed either.
    case notNeeded
}

extension PlanNode {
    /// `[2] map "words"`
    fileprivate var explainedOperation: String { "[\(id)] \(operation)" + (name.map { " \"\($0)\"" } ?? "") }
}

extension ShuffleDependency {
    /// `hash(4), combining, sorted`
    fileprivate var layout: String {
        (partitioner?.description ?? "\(partitionCount) partitions")
            + (combines ? ", combining" : "") + (ordered ? ", sorted" : "")
    }
}
