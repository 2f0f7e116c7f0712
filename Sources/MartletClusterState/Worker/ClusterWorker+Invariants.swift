import MartletCore

extension ClusterWorker {
    /// Looks for tables that contradict each other. Tests call it after every event.
    /// - Returns: the broken invariants, a line each
    package func brokenInvariants() -> [String] {
        var result = InvariantCheck()
        var sum = Resources.zero
        for process in processes.values { sum += process.launch.resources }
        result.require(sum == used, "W2", "\(description.id) uses \(used), its processes \(sum)")
        result.require(used.fits(in: description.resources), "W1", "\(description.id) runs \(used)")
        result.require(lastLaunch.term <= term, "W7", "a launch of term \(lastLaunch.term) was taken in term \(term)")
        for work in processes.keys {
            result.require(ends[work] == nil, "W8", "\(work) runs and has ended")
            result.require(folders[WorkFolder(work)] != nil, "W8", "\(work) has no directory")
        }
        if phase == .ended { result.require(processes.isEmpty, "W8", "\(description.id) has ended, and runs something") }
        return result.broken
    }

    /// What runs here, in the order of the ids.
    package var running: [WorkID] { processes.keys.sorted() }

    /// What a process may use; nil if it does not run here.
    package func resources(of work: WorkID) -> Resources? { processes[work]?.launch.resources }

    /// Whether nothing runs here and all ends are acknowledged.
    package var isIdle: Bool { processes.isEmpty && ends.isEmpty }
}
