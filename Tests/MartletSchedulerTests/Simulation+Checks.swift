import MartletCore
import MartletPlan
import MartletScheduler

// The actions of the scheduler, and what they must not be.
extension Simulation {
    /// Does what the scheduler asks for, if it may ask for it.
    mutating func perform(_ action: JobScheduler.Action) {
        switch action {
        case .jobStarted(let job, let stages):
            expect(job.rawValue == plans.count - 1, "a strange job started")
            let plan = plans[job.rawValue]
            let count = plan?.resultStage.tasks.count == 0 ? 0 : plan?.stages.count
            expect(stages.count == count && Set(stages).count == stages.count, "a job has strange stages")
            announced.formUnion(stages)
        case .stageSkipped:
            seen.insert("skipped")
        case .stageSubmitted(let info):
            expect(!openStages.contains { $0.id == info.id }, "S11: stage \(info.id) is submitted twice")
            expect(announced.contains(info.id), "stage \(info.id) belongs to no job")
            checkInputs(of: info)
            openStages.append(info)
            products[info.id] = info.output
        case .stageCompleted(let info):
            close(info)
        case .stageFailed(let info, let failure):
            seen.insert(failure == .notNeeded ? "dropped" : "missing output")
            close(info)
        case .taskAccepted(let attempt):
            accept(attempt)
        case .jobSucceeded(let job):
            seen.insert("succeeded")
            let expected = plans[job.rawValue]?.resultStage.tasks.count
            expect(delivered[job.rawValue].count == expected, "job \(job) succeeded without all results")
            end(job)
        case .jobFailed(let job, let failure):
            switch failure {
            case .cancelled: seen.insert("cancelled")
            case .taskFailed: seen.insert("task failed")
            case .stageAborted: seen.insert("aborted")
            case .resultsTooLarge: expect(false, "nothing has results")
            }
            expect(
                failure == .cancelled(reason: "chance") || errorPercent > 0 || executorPercent > 0
                    || seen.contains("missing output"),
                "job \(job) failed without a reason")
            end(job)
        case .executorAdded:
            break
        case .executorLost(_, _, let attempts):
            expect(attempts.map(\.attempt).allSatisfy(reported.contains), "attempts were lost that did not run")
        case .cancel(let attempts):
            for attempt in attempts {
                expect(running.contains { $0.attempt == attempt }, "cancels \(attempt), which does not run")
            }
        case .launch(let launches):
            for launch in launches { start(launch) }
        }
    }

    private mutating func start(_ launch: TaskLaunch) {
        let attempt = launch.attempt
        expect(!ended[attempt.job.rawValue], "launches for job \(attempt.job), which has ended")
        expect(
            openStages.contains { $0.id == attempt.stage && $0.attempt == attempt.stageAttempt },
            "launches for stage \(attempt.stage), which is not open")
        expect(
            !running.contains { $0.attempt.stage == attempt.stage && $0.attempt.index == attempt.index },
            "S4: task \(attempt.index) of stage \(attempt.stage) runs twice")
        let isRepeated = (running.map(\.attempt) + reported).contains {
            $0.id == attempt.id
                || ($0.stage, $0.stageAttempt, $0.index, $0.attempt)
                    == (attempt.stage, attempt.stageAttempt, attempt.index, attempt.attempt)
        }
        expect(!isRepeated, "two attempts have the same number")
        let stage = plans[attempt.job.rawValue]?.stages[launch.planStage]
        expect(
            stage?.output == launch.output && stage?.tasks[attempt.index] == attempt.partition,
            "a launch is mixed up")
        expect(executors[attempt.executor] != nil, "S12: launches on executor \(attempt.executor), which is gone")
        if launch.attempt.attempt > 0 { seen.insert("retried") }
        running.append(launch)
    }

    private mutating func accept(_ attempt: TaskAttempt) {
        switch products[attempt.stage] {
        case nil:
            expect(false, "stage \(attempt.stage) was never submitted")
        case .result:
            let isNew = delivered[attempt.job.rawValue].insert(attempt.index).inserted
            expect(
                isNew && !ended[attempt.job.rawValue],
                "S2: result \(attempt.index) of job \(attempt.job) came twice")
        case .shuffle(let shuffle):
            outputs[shuffle, default: [:]][attempt.index] = attempt.executor
        }
    }

    /// S5: what the stage needs is complete, as far as the scheduler was told, and as one of the jobs saw it.
    private mutating func checkInputs(of info: StageInfo) {
        let views = info.output == .result ? [plans[info.job.rawValue]] : plans
        let isSatisfied = views.contains { plan in
            guard let plan, let stage = plan.stages.first(where: { $0.output == info.output }) else {
                return false
            }
            return stage.neededParents.allSatisfy { shuffle in
                scheduler.hasOutput(shuffle)
                    || plan.stageIndex(of: shuffle).map { plan.stages[$0].tasks.count } == 0
            }
        }
        expect(isSatisfied, "S5: stage \(info.id) lacks input")
    }

    private mutating func close(_ info: StageInfo) {
        let count = openStages.count
        openStages.removeAll { $0.id == info.id && $0.attempt == info.attempt }
        expect(openStages.count == count - 1, "S11: stage \(info.id) ends twice")
    }

    private mutating func end(_ job: JobID) {
        expect(!ended[job.rawValue], "S3: job \(job) ended twice")
        ended[job.rawValue] = true
    }
}
