import MartletCore

/// The executors that a task prefers, and those that it avoids.
struct TaskPreference: Sendable, Equatable {
    /// Where its input is; empty if that says nothing. None of the avoided executors.
    var locations: [TaskLocation] = []

    /// The executors that it avoids, as it failed there: no ban, so that one executor is enough.
    var avoided: [ExecutorID] = []

    /// Anywhere.
    static let none = TaskPreference()
}

/// A place that has input of a task. A host, which several executors share, would be another case.
enum TaskLocation: Sendable, Hashable, Comparable {
    /// An executor that has a cached partition.
    case executor(ExecutorID)
}

/// How far from the places that it prefers a task runs, the nearest first. A host, and a rack, would stand between.
enum LocalityLevel: Sendable, Comparable {
    /// On an executor that it prefers, or where it has no preference against.
    case preferred

    /// Anywhere.
    case any
}
