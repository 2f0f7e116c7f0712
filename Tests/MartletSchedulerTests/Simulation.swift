import MartletCore
import MartletPlan
import MartletScheduler
import MartletStatistics

/// One run of the scheduler against a naive driver, which stores map outputs, loses some, and notices
/// whatever it must not be told.
struct Simulation {
    private(set) var scheduler: JobScheduler
    private(set) var complaints: [String] = []

    /// Which branches were met.
    var seen: Set<String> = []

    private var random: SeededGenerator
    private let nodes: [PlanNode]
    let errorPercent, executorPercent: Int
    private let lossPercent, cancelPercent: Int
    var executors: [ExecutorID: Int] = [:]
    private var executorCount = 0

    var plans: [JobPlan?] = []
    var ended: [Bool] = []
    var delivered: [Set<Int>] = []
    var running: [TaskLaunch] = []
    var reported: [TaskAttempt] = []
    var openStages: [StageInfo] = []
    var announced: Set<StageID> = []
    var products: [StageID: StageOutput] = [:]
    var outputs: [ShuffleID: [Int: ExecutorID]] = [:]
    private var now = Instant.zero

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let (failures, attempts) = (Int.random(in: 1...3, using: &random), Int.random(in: 1...4, using: &random))
        scheduler = JobScheduler(
            maxTaskFailures: failures, maxStageAttempts: attempts,
            localityWait: .microseconds(Int.random(in: 0...20, using: &random)))
        executorPercent = random.chance(50) ? 0 : 2
        errorPercent = random.chance(30) ? 0 : 5
        lossPercent = random.chance(30) ? 0 : Int.random(in: 1...10, using: &random)
        cancelPercent = random.chance(50) ? 0 : 3
        nodes = Self.lineage(&random)
        addExecutor(slots: Int.random(in: 1...6, using: &random))
    }

    /// RDDs over each other, narrow with equal partitions or through a shuffle.
    private static func lineage(_ random: inout SeededGenerator) -> [PlanNode] {
        var nodes: [PlanNode] = []
        for id in 0..<14 {
            var dependencies: [Dependency] = []
            var count = Int.random(in: 0...70, using: &random) % Int.random(in: 1...70, using: &random)
            for _ in 0..<(id == 0 ? 0 : Int.random(in: 0...3, using: &random)) {
                let parent = Int.random(in: 0..<id, using: &random)
                if dependencies.isEmpty, random.chance(40) {
                    count = nodes[parent].partitionCount
                    dependencies.append(narrow(parent))
                } else {
                    dependencies.append(
                        shuffle(parent * 2 + Int.random(in: 0...1, using: &random), parent, count))
                }
            }
            nodes.append(node(id, count, dependencies, random.chance(20) ? .memoryOnly : .none))
        }
        return nodes
    }

    mutating func run() {
        for step in 0..<400 {
            if step < 250, plans.count < 12, random.chance(8) { submit() }
            if random.chance(lossPercent), step < 300 { loseOutputs() }
            if random.chance(cancelPercent), !plans.isEmpty {
                tell(.jobCancelled(JobID(Int.random(in: 0..<plans.count, using: &random)), reason: "chance"))
            }
            if random.chance(cancelPercent), let stage = announced.sorted().suffix(12).randomElement(using: &random) {
                if openStages.contains(where: { $0.id == stage }) { seen.insert("stage cancelled") }
                tell(.stageCancelled(stage, reason: "chance"))
                expect(!openStages.contains { $0.id == stage }, "stage \(stage) survives its cancellation")
            }
            if random.chance(3), let old = reported.randomElement(using: &random) {
                tell(random.chance(50) ? .taskSucceeded(old) : .taskFailed(old, .error("again")))
            }
            if random.chance(2) { removeShuffle() }
            if random.chance(executorPercent) { addExecutor(slots: Int.random(in: 1...3, using: &random)) }
            if random.chance(executorPercent) { loseExecutor() }
            if executorPercent > 0 { changeBlocks() }
            report(mayFail: true)
        }
        if executors.isEmpty { addExecutor(slots: 1) }
        for _ in 0..<200_000 where !running.isEmpty || scheduler.nextTick != nil {
            report(mayFail: false)
            if running.isEmpty { tell(.tick) }
        }
        expect(scheduler.isIdle && running.isEmpty && openStages.isEmpty, "not idle at the end")
        expect(ended.allSatisfy { $0 }, "a job never ended")
    }

    private mutating func submit() {
        let root = Int.random(in: 0..<nodes.count, using: &random)
        let cached = nodes.map { _ in random.chance(15) }
        let count = nodes[root].partitionCount
        let partitions =
            random.chance(30) && count > 0
            ? (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0..<count, using: &random)
            } : nil
        let plan = JobPlan(graph: LineageGraph(root: RDDID(root), nodes: nodes), partitions: partitions) {
            cached[$0.rawValue]
        }
        plans.append(plan)
        ended.append(false)
        delivered.append([])
        tell(.jobSubmitted(JobID(plans.count - 1), plan))
    }

    private mutating func loseOutputs() {
        guard let shuffle = outputs.keys.sorted().randomElement(using: &random) else { return }
        for map in (outputs[shuffle] ?? [:]).keys.sorted() where random.chance(30) { outputs[shuffle]?[map] = nil }
    }

    /// Removes a shuffle that no running job mentions, or, rarely, any.
    private mutating func removeShuffle() {
        guard let shuffle = outputs.keys.sorted().randomElement(using: &random) else { return }
        let isUsed = plans.indices.contains { !ended[$0] && plans[$0]?.stageIndex(of: shuffle) != nil }
        if isUsed, !random.chance(10) { return }
        if !isUsed { outputs[shuffle] = nil }
        tell(.shuffleRemoved(shuffle))
    }

    /// Ends one running attempt as the stored outputs, and chance, will have it.
    private mutating func report(mayFail: Bool) {
        guard !running.isEmpty else { return }
        let launch = running.remove(at: Int.random(in: 0..<running.count, using: &random))
        reported.append(launch.attempt)
        if mayFail, random.chance(errorPercent) {
            return tell(.taskFailed(launch.attempt, random.chance(70) ? .error("chance") : .cancelled))
        }
        if mayFail, random.chance(lossPercent) {
            seen.insert("lost block")
            return tell(.taskFailed(launch.attempt, .lostBlock("chance")))
        }
        if let (shuffle, maps) = missingInput(of: launch, evictCache: mayFail && random.chance(10)) {
            return tell(.taskFailed(launch.attempt, .missingShuffleOutput(MissingMapOutput(shuffle: shuffle, maps: maps))))
        }
        tell(.taskSucceeded(launch.attempt))
    }

    private mutating func addExecutor(slots: Int) {
        executors[ExecutorID(executorCount)] = slots
        executorCount += 1
        let queue = Int.random(in: 0...2, using: &random)
        tell(.executorAdded(ExecutorID(executorCount - 1), host: "h", slots: slots, queue: queue))
    }

    /// An executor ends; sometimes one that has ended already.
    private mutating func loseExecutor() {
        let executor = ExecutorID(Int.random(in: 0..<executorCount, using: &random))
        executors[executor] = nil
        reported += running.filter { $0.attempt.executor == executor }.map(\.attempt)
        running.removeAll { $0.attempt.executor == executor }
        for shuffle in outputs.keys.sorted() { outputs[shuffle] = outputs[shuffle]?.filter { $0.value != executor } }
        seen.insert("executor lost")
        tell(.executorLost(executor, reason: "chance", isFault: random.chance(30)))
    }

    private mutating func changeBlocks() {
        let executor = ExecutorID(Int.random(in: 0..<executorCount, using: &random))
        var blocks: [BlockID] = []
        for _ in 0..<6 {
            blocks.append(
                BlockID(
                    rdd: RDDID(Int.random(in: 0..<nodes.count, using: &random)),
                    partition: Int.random(in: 0..<70, using: &random)))
        }
        tell(.blocksChanged(executor, stored: Array(blocks[..<3]), dropped: Array(blocks[3...])))
        if random.chance(2) { tell(.blocksRemoved(blocks[0].rdd)) }
    }

    private func missingInput(of launch: TaskLaunch, evictCache: Bool) -> (ShuffleID, [Int])? {
        guard let plan = plans[launch.attempt.job.rawValue] else { return nil }
        let stage = plan.stages[launch.planStage]
        for shuffle in evictCache ? stage.parents : stage.neededParents {
            guard let parent = plan.stageIndex(of: shuffle) else { continue }
            let missing = (0..<plan.stages[parent].tasks.count).filter {
                outputs[shuffle]?[$0] == nil
            }
            if !missing.isEmpty { return (shuffle, missing) }
        }
        return nil
    }

    private mutating func tell(_ event: JobScheduler.Event) {
        now = now + .microseconds(1)
        let actions = scheduler.handle(event, at: now)
        for action in actions { perform(action) }
        complaints += scheduler.brokenInvariants()
        expect(
            running.count == scheduler.runningCount && running.count <= scheduler.slotCount + 2 * executors.count,
            "S1: \(running.count) attempts run")
        expect(Set(running.map(\.attempt.number)).count == running.count, "S1: two attempts share a number")
    }

    /// Complains where something does not hold.
    mutating func expect(_ condition: Bool, _ complaint: String) {
        if !condition { complaints.append(complaint) }
    }
}
