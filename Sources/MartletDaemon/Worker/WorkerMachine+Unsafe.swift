// Unsafe: calls of C functions that return numbers, and one that copies a text.

internal import CMartletRuntime
package import MartletClusterState

extension Resources {
    /// What this machine, or the control group of this process, has for a worker: all cores, and all memory but 1 GiB for the
    /// system, and at least 512 MiB.
    package static var available: Resources {
        Resources(
            cores: max(1, Int(martlet_available_cores())), memoryBytes: max(512 << 20, Int(martlet_available_memory()) - (1 << 30)))
    }
}

/// What goes when this process ends, however it ends.
enum WorkerGuard {
    /// The descriptor by which processes register themselves.
    static var descriptor: Int32 { martlet_guard() }

    static func add(directory: String) { unsafe martlet_guard_directory(martlet_guard(), 1, directory) }
    static func remove(directory: String) { unsafe martlet_guard_directory(martlet_guard(), 0, directory) }
}
