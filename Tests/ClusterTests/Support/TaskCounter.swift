import Martlet
import Synchronization

/// Does something when so many tasks have ended.
final class TaskCounter: MartletListener {
    private let count = Atomic<Int>(0)
    private let moments: Set<Int>
    private let body: @Sendable () -> Void

    /// - Parameter body: called at each of the moments, on the listener's thread.
    init(at moments: Set<Int> = [], _ body: @escaping @Sendable () -> Void = {}) {
        self.moments = moments
        self.body = body
    }

    /// Tasks that have ended so far.
    var ended: Int { count.load(ordering: .sequentiallyConsistent) }

    func onTaskEnd(_: TaskSummary) {
        let number = count.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
        if moments.contains(number) { body() }
    }
}

/// Remembers which tasks have begun.
final class StartCounter: MartletListener {
    private let count = Atomic<Int>(0)
    var started: Int { count.load(ordering: .sequentiallyConsistent) }

    func onTaskStart(_: TaskSummary) { count.add(1, ordering: .sequentiallyConsistent) }
}
