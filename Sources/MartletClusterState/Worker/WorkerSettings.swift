/// The rules of a worker.
package struct WorkerSettings: Hashable, Sendable {
    /// How often a worker tries to register: some times with short pauses, then with long ones, then it ends.
    package var (tries, laterTries) = (6, 10)
    package var (pause, laterPause) = (Duration.seconds(10), Duration.seconds(60))

    /// What the pauses are multiplied by, drawn between 0.5 and 1.5 by each worker: they do not all come at the same time.
    package var (fuzz, laterFuzz) = (1.0, 1.0)

    /// How often it reports, and how long its master may be silent.
    package var (reportInterval, masterTimeout) = (Duration.seconds(15), Duration.seconds(60))

    /// The pauses before a supervised driver is restarted: twice as long each time, until it has run well.
    package var (firstPause, longestPause, healthyRun) = (Duration.seconds(1), Duration.seconds(64), Duration.seconds(5))

    /// How long what a process has written is kept after its end, and how often that is looked at.
    package var (folderAge, cleanInterval) = (Duration.seconds(7 * 24 * 3600), Duration.seconds(1800))

    /// How long processes may take to end when the worker is stopped.
    package var stopPatience = Duration.seconds(10)

    package init() {}

    /// The pause after a number of tries; nil when there were enough.
    func pause(afterTries count: Int) -> Duration? {
        if count < tries { return pause * fuzz }
        return count < tries + laterTries ? laterPause * laterFuzz : nil
    }

    /// The pause before a restart.
    func pause(beforeRestart count: Int) -> Duration { min(firstPause * (1 << min(max(0, count - 1), 20)), longestPause) }
}
