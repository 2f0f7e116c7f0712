public import MartletDriver

extension MartletContext {
    /// Registers a listener for all events from now on; in Spark's terms, `addSparkListener`. The context keeps the listener
    /// alive until it is removed or the context is stopped. Adding it twice has no effect.
    ///
    ///     import Synchronization
    ///
    ///     final class JobCounter: MartletListener {
    ///         let count = Atomic<Int>(0)
    ///         func onJobEnd(_ job: JobSummary) { count.add(1, ordering: .relaxed) }
    ///     }
    ///
    ///     let counter = JobCounter()
    ///     context.addListener(counter)
    ///     try await context.range(0, 10).count()   // 10
    ///     context.removeListener(counter)
    ///     counter.count.load(ordering: .relaxed)   // 1
    public func addListener(_ listener: any MartletListener) { driver.add(listener, of: summary) }

    /// Unregisters a listener. Returns when it has received all earlier events, unless a listener calls this.
    ///
    ///     final class Silent: MartletListener {}
    ///     let listener = Silent()
    ///     context.addListener(listener)
    ///     context.removeListener(listener)
    ///     context.droppedListenerEventCount   // 0
    public func removeListener(_ listener: any MartletListener) { driver.remove(listener) }

    /// The number of events that were dropped because listeners were too slow.
    public var droppedListenerEventCount: Int { driver.droppedEventCount }
}
