import Glibc
import MartletCore
import MartletDriver
import MartletScheduler
import MartletStatus
import MartletThreads

/// One line on the terminal that shows the stages in progress; no line if the output is not a terminal.
///
///     [stage 3 of job 1: 12 of 64 tasks, 2 running, 3.4 s]
struct ProgressLine {
    private let context: MartletContext

    init(_ context: MartletContext) { self.context = context }

    private var isShown: Bool {
        switch context.settings[.progress] {
        case .on: true
        case .off: false
        case .auto: isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        }
    }

    /// Runs `body` with the line drawn beside it.
    func whileShown(_ body: () async throws -> Void) async throws {
        guard isShown else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await draw() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Redraws five times a second until it is cancelled, and leaves a clean line.
    private func draw() async throws {
        var isDrawn = false
        defer { if isDrawn { write("\r\u{1B}[K") } }
        while !Task.isCancelled {
            let text = Self.text(context.driver.runningStages(), now: .sinceEpoch)
            if let text { write("\r" + text + "\u{1B}[K") } else if isDrawn { write("\r\u{1B}[K") }
            isDrawn = text != nil
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// The oldest stages that have been running for half a second; nil if there is none.
    static func text(_ stages: [StageSummary], now: Instant) -> String? {
        let slow = stages.filter { now - $0.submittedAt >= .milliseconds(500) }
        guard !slow.isEmpty else { return nil }
        return slow.prefix(3).map { stage in
            let elapsed = now - stage.submittedAt
            let tenths = elapsed.components.seconds * 10 + elapsed.components.attoseconds / 100_000_000_000_000_000
            return "[stage \(stage.id) of job \(stage.jobID): \(stage.completedTaskCount) of \(stage.taskCount) tasks, "
                + "\(stage.activeTaskCount) running, \(tenths / 10).\(tenths % 10) s]"
        }.joined(separator: " ")
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }
}
