import MartletCore

extension ClusterWorker {
    mutating func endApplication(_ application: ApplicationID) {
        guard folders[.application(application)] != nil else {
            ignoredMessageCount += 1
            return
        }
        folders[.application(application)]?.removesOutputs = true
        removeOutputs(of: application)
    }

    /// The map outputs of an application are removed when it has ended and its last executor here as well.
    mutating func removeOutputs(of application: ApplicationID) {
        let folder = WorkFolder.application(application)
        guard folders[folder]?.removesOutputs == true, !isUsed(folder) else { return }
        folders[folder]?.removesOutputs = false
        actions.append(.removeOutputs(application))
    }

    /// Whether a process there runs or is about to.
    private func isUsed(_ folder: WorkFolder) -> Bool { processes.keys.contains { WorkFolder($0) == folder } }

    /// Removes the directories that no process has used for long, whether or not their application has ended.
    mutating func cleanFolders(at now: Instant) {
        guard now - cleanedAt >= settings.cleanInterval else { return }
        cleanedAt = now
        let used = Set(processes.keys.map(WorkFolder.init))
        for (folder, state) in folders.sorted(by: { $0.key < $1.key })
        where !used.contains(folder) && now - state.usedAt >= settings.folderAge {
            folders[folder] = nil
            actions.append(.remove(folder))
        }
    }
}
