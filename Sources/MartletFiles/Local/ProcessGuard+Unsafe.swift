// Unsafe: the path lives for the duration of the call, which copies it.

import CMartletRuntime
import Glibc

/// What is to go when this process ends, however it ends: killed, or by a signal that nobody handles. A process beside this
/// one sees to it, so the application's signals are left alone.
enum ProcessGuard {
    /// The directory goes with this process, with all that is in it. Does nothing where no guard can be started: then the
    /// next process to use the place removes it.
    static func add(_ path: String) { unsafe martlet_guard_directory(martlet_guard(), 1, path) }

    /// The directory has gone.
    static func remove(_ path: String) { unsafe martlet_guard_directory(martlet_guard(), 0, path) }
}
