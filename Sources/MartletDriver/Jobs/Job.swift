package import MartletCore
package import MartletExecutor
package import MartletLineage
package import MartletPlan
import MartletPortable
package import MartletScheduler
import MartletTasks
import Synchronization

/// One run of an action: its plan, the programs of its stages, and its completion callback.
package final class Job: Sendable {
    package let id: JobID
    package let plan: JobPlan
    /// The action, where it was called, and the scope around that.
    package let operation: String
    package let callSite: CallSite
    package let properties: JobProperties
    /// The program of each stage of the plan, fixed when the job is planned: a checkpoint may cut off lineage later.
    private let programs: [TaskProgram]
    /// The lineage nodes that the stages consist of.
    private let nodes: [LineageSnapshot]
    /// Whether its tasks measure their CPU time.
    let measuresCPU: Bool
    private let packages = Mutex(Packages())
    private let resultBytes = Atomic<Int>(0)
    private let sink: ResultSink
    /// Retains values that were removed since the job was made, which its tasks may still read.
    private let generation: JobGenerations.Generation
    private let waiting = Mutex(Waiting())

    /// The encoded programs for executors, by stage, and the large values that they refer to; made before the job begins.
    private struct Packages: Sendable {
        var bytes: [[UInt8]] = []
        var sharedValues: [UsedSharedValues] = []
    }

    private struct Waiting: Sendable {
        /// Kept until the job is released, since releasing it may release user objects.
        var onEnd: (@Sendable ((any Error)?) -> Void)?
        var isEnded = false
        /// The last error of the job's tasks: the scheduler keeps only its text.
        var errors: [TaskID: any Error] = [:]
    }

    package init(
        id: JobID, plan: JobPlan, nodes: [LineageSnapshot], result: ResultProgram, properties: JobProperties,
        sink: ResultSink, generation: JobGenerations.Generation, measuresCPU: Bool
    ) {
        self.id = id
        self.plan = plan
        operation = result.operation
        callSite = result.callSite
        self.properties = properties
        self.sink = sink
        self.measuresCPU = measuresCPU
        self.generation = generation
        self.nodes = nodes
        programs = Self.programs(of: plan, nodes, result).map { TaskProgram($0, properties, measuresCPU: measuresCPU) }
    }

    private static func programs(
        of plan: JobPlan, _ nodes: [LineageSnapshot], _ result: ResultProgram
    ) -> [StageProgram] {
        var byID: [RDDID: LineageNode] = [:]
        // The node that reads a shuffle has the map side's program, and is named in its errors.
        var writes: [ShuffleID: ShuffleWrite] = [:]
        for node in nodes {
            byID[node.node.id] = node.node
            for case .shuffle(let shuffle) in node.computation.dependencies {
                guard let program = node.computation.shuffles[shuffle.id] else { continue }
                writes[shuffle.id] = ShuffleWrite(
                    shuffle.id, program, partitionCount: shuffle.partitionCount, operation: node.plan.operation,
                    callSite: node.plan.callSite)
            }
        }
        return plan.stages.map { stage in
            guard let root = byID[stage.root] else { preconditionFailure("the plan has a node without a program") }
            switch stage.output {
            case .result:
                return StageProgram(root: root, output: .result(result))
            case .shuffle(let id):
                guard let write = writes[id] else { preconditionFailure("shuffle \(id) has no program") }
                return StageProgram(root: root, output: .shuffle(write))
            }
        }
    }

    /// A node that the job was planned with.
    func node(_ rdd: RDDID) -> LineageNode? { nodes.first { $0.node.id == rdd }?.node }

    package func program(of stage: Int) -> StageProgram { programs[stage].stage }

    /// What tasks of a stage run in this process.
    func taskProgram(ofStage stage: Int) -> TaskProgram { programs[stage] }

    /// The transport form of each stage's program, the last stage last.
    func travellingStages() -> [TravellingStage] {
        let known = Dictionary(nodes.map { ($0.node.id, $0) }, uniquingKeysWith: { first, _ in first })
        return programs.map { TravellingStage($0.stage, nodes: known) }
    }

    /// - Parameter isMade: whether all outputs of a shuffle exist: functions that only its stages run are not checked.
    /// - Throws: `NotPortable` or `DestroyedBroadcast`, for the first function with a forbidden capture.
    func check(_ check: PortabilityCheck, isMade: (ShuffleID) -> Bool) throws {
        for node in nodes {
            do {
                try check.check(node, isMade: isMade)
            } catch let destroyed as DestroyedBroadcast {
                if runs(node.node.id, isMade) { throw destroyed }
            }
        }
        for case .result(let result) in programs.lazy.map(\.stage.output) {
            try check.check(result.operation, result.callSite, result)
        }
    }

    /// Whether an RDD is computed by a stage that runs if no outputs are lost.
    private func runs(_ rdd: RDDID, _ isMade: (ShuffleID) -> Bool) -> Bool {
        var isNeeded = [Bool](repeating: false, count: plan.stages.count)
        isNeeded[plan.resultStage.index] = true
        for stage in plan.stages.reversed() where isNeeded[stage.index] {
            for shuffle in stage.parents where !isMade(shuffle) {
                if let writer = plan.stageIndex(of: shuffle) { isNeeded[writer] = true }
            }
        }
        return zip(travellingStages(), isNeeded).contains { stage, isNeeded in isNeeded && stage.computes(rdd) }
    }

    /// - Throws: `NotPortable` where results cannot be sent to the driver.
    func checkResults() throws(NotPortable) {
        do {
            try sink.checkEncoding()
        } catch {
            throw NotPortable(operation, callSite, .resultElsewhere, "\(error)")
        }
    }

    /// Keeps the stages' programs for executors until the job has ended, with the large values that these refer to.
    func setPackages(_ bytes: [[UInt8]], _ sharedValues: [UsedSharedValues]) {
        let replaced = packages.withLock { packages in
            defer { packages = Packages(bytes: bytes, sharedValues: sharedValues) }
            return packages
        }
        withExtendedLifetime(replaced) {}
    }

    func package(ofStage stage: Int) -> [UInt8] { packages.withLock { $0.bytes.isEmpty ? [] : $0.bytes[stage] } }

    /// Counts bytes of results that have arrived from executors.
    ///
    /// - Returns: the bytes of all results so far.
    func countResult(_ bytes: Int) -> Int { resultBytes.wrappingAdd(bytes, ordering: .relaxed).newValue }

    /// Has `onEnd` called once, when the job has ended.
    package func whenEnded(_ onEnd: @escaping @Sendable ((any Error)?) -> Void) {
        waiting.withLock { $0.onEnd = onEnd }
    }

    /// Releases what only running jobs need, and calls the `onEnd` callback, once.
    package func finish(throwing error: (any Error)? = nil) {
        setPackages([], [])
        let onEnd = waiting.withLock { waiting in
            defer { waiting.isEnded = true }
            return waiting.isEnded ? nil : waiting.onEnd
        }
        onEnd?(error)
    }

    /// The error that the caller receives for a failure.
    ///
    /// - Parameter stages: the ids of its stages, in the order of its plan.
    package func error(for failure: JobFailure, _ stages: [StageID]) -> any Error {
        switch failure {
        case .cancelled(Driver.contextStopped): return JobError.stopped
        case .cancelled(let reason): return JobError.cancelled(reason: reason)
        case .stageAborted(_, _, _, let cause):
            return JobError.stageAborted(description: failure.description, cause: cause)
        case .resultsTooLarge(let limit):
            return JobError.resultsTooLarge(operation: operation, callSite: callSite, limit: limit)
        case .taskFailed(let attempt, let failures, let message):
            let known: (any Error)? = waiting.withLock { $0.errors[attempt.id] }
            let error = known ?? UnknownTaskError(description: message)
            let program = programs[stages.firstIndex(of: attempt.stage) ?? programs.count - 1].stage
            return JobError.taskFailed(TaskFailureReport(attempt, of: program, failures: failures, error: error))
        }
    }

    /// Remembers why an attempt failed: the scheduler keeps only the text.
    func remember(_ error: any Error, of task: TaskID) { waiting.withLock { $0.errors[task] = error } }

    /// Takes a result over. Called under the driver's lock, if the scheduler accepts the task.
    func deliver(_ result: TaskResult, _ attempt: TaskAttempt) { sink.deliver(result, attempt) }

    /// The result that an executor has sent.
    func decodeResult(_ bytes: [UInt8]) throws -> TaskResult { try sink.decode(bytes) }
}

/// Where the results of a job go.
package struct ResultSink: Sendable {
    /// Takes a result over: called, under the driver's lock, if the scheduler accepts the task.
    let deliver: @Sendable (TaskResult, TaskAttempt) -> Void
    /// Decodes a result that an executor has sent.
    let decode: @Sendable ([UInt8]) throws -> TaskResult
    /// - Throws: where results cannot be sent.
    let checkEncoding: @Sendable () throws -> Void

    package init<Value: Sendable>(_: Value.Type, deliver: @escaping @Sendable (Value, TaskAttempt) -> Void) {
        self.deliver = { result, attempt in
            deliver(unsafeDowncast(result, to: ResultValue<Value>.self).take(), attempt)
        }
        decode = { try ResultValue<Value>(decoding: $0) }
        checkEncoding = { try ResultValue<Value>.checkEncoding() }
    }
}

/// Stands in for an error of which only the text is known.
struct UnknownTaskError: Error, CustomStringConvertible {
    let description: String
}
