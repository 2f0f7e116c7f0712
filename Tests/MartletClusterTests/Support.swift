import MartletCore
@testable import MartletScheduler

extension TaskAttempt {
    static var sample: TaskAttempt {
        TaskAttempt(
            id: TaskID(900), job: JobID(1), stage: StageID(3), stageAttempt: 0, index: 7, partition: 7, attempt: 1, number: 2,
            executor: ExecutorID(0))
    }
}
