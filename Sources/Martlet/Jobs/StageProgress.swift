import MartletCore
package import MartletScheduler

/// A stage attempt in progress, for the driver. A class, since every task changes it.
// Only touched under the driver's lock.
final class StageProgress: @unchecked Sendable {
    let info: StageInfo
    var summary: StageSummary

    init(_ info: StageInfo, _ summary: StageSummary) {
        self.info = info
        self.summary = summary
    }
}

/// A stage attempt in progress at one moment.
package struct RunningStage: Sendable {
    package let info: StageInfo
    package let summary: StageSummary
}
