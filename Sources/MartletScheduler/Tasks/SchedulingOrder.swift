/// Decides which task set is offered room first.
enum SchedulingOrder: Sendable {
    /// Older jobs first; in a job, older stages.
    case fifo

    /// Whether a task set is served before another one.
    func precedes(_ left: TaskSetState, _ right: TaskSetState) -> Bool {
        switch self {
        case .fifo: (left.user.job, left.stage) < (right.user.job, right.stage)
        }
    }
}
