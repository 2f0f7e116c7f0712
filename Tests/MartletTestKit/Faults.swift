import MartletCore
import MartletScheduler
import MartletStatistics

/// How often what happens, in one simulation. Percentages.
struct Faults {
    /// Of packets.
    let losesPercent, repeatsPercent, delaysPercent: Int

    /// Of task attempts: they fail, an output cannot be reached, a kept partition goes.
    let failsPercent, unreachablePercent, evictsPercent: Int

    /// Of a few milliseconds: a process dies, a process is stopped, a connection is cut, nothing gets out of a machine, a file
    /// is lost or damaged, a kept partition is damaged, the driver sleeps.
    let crashPercent, freezePercent, cutPercent, mutePercent, filePercent, blockPercent, pausePercent: Int

    /// Of cancelled attempts: they go on, until their process ends.
    let stuckPercent: Int

    /// Of requested processes: the system does not start them, they end at once or run another program.
    let startFailsPercent, uselessPercent: Int

    /// Of a few milliseconds: a job or a stage is cancelled, a task killed, kept partitions removed.
    let cancelPercent: Int

    init(_ random: inout SeededGenerator) {
        let isQuiet = random.chance(10)
        func chance(_ largest: Int) -> Int { isQuiet || random.chance(40) ? 0 : random.within(1...largest) }
        (losesPercent, repeatsPercent, delaysPercent) = (chance(20), chance(20), chance(20))
        (failsPercent, evictsPercent) = (chance(8), chance(20))
        // In some simulations, outputs can hardly be read: stages are aborted.
        unreachablePercent = !isQuiet && random.chance(5) ? random.within(20...60) : chance(3)
        (crashPercent, freezePercent, cutPercent) = (chance(3), chance(3), chance(4))
        (mutePercent, filePercent, blockPercent) = (chance(3), chance(4), chance(4))
        (pausePercent, cancelPercent) = (chance(1), chance(2))
        stuckPercent = chance(60)
        (startFailsPercent, uselessPercent) = (chance(30), chance(30))
    }

    /// Whether a job may end so.
    func mayFail(_ failure: JobFailure) -> Bool {
        switch failure {
        case .cancelled: cancelPercent > 0
        case .resultsTooLarge: false
        case .taskFailed: failsPercent > 0 || losesExecutors
        case .stageAborted: unreachablePercent + filePercent > 0 || losesExecutors || evictsPercent + blockPercent > 0
        }
    }

    private var losesExecutors: Bool { crashPercent + freezePercent + cutPercent + mutePercent + losesPercent > 0 }
}

// What happens by chance, every few milliseconds.
extension ClusterSimulation {
    func takeChances() {
        if jobs.count < jobCount, random.chance(15) { submitJob() }
        if isGranted, !isStopping { grant() }
        if now > .zero + .seconds(10), !isCalm { calmDown() }
        if isCalm { return }
        let machine = random.within(0...machines.count - 1)
        if random.chance(faults.crashPercent) { crash(machine) }
        if random.chance(faults.freezePercent) {
            machines[machine]?.frozenUntil = now + random.micros(5000...600_000)
            seen.insert("frozen")
        }
        if random.chance(faults.cutPercent) { cut(machine) }
        if random.chance(faults.mutePercent) { muteUntil[machine] = now + random.micros(5000...600_000) }
        if random.chance(faults.pausePercent) {
            driverPausedUntil = now + random.micros(50_000...900_000)
            seen.insert("driver paused")
        }
        if random.chance(faults.filePercent) { damageFile(of: machine) }
        if random.chance(faults.blockPercent) { damageBlock(of: machine) }
        if random.chance(faults.cancelPercent) { cancelSomething() }
        if isGranted, now >= driverPausedUntil { askBack() }
    }

    /// Other applications want executors, or do not any more, or this one has to wait.
    private func askBack() {
        if random.chance(2) { tell(.release(random.within(0...2))) }
        if random.chance(1) { tell(.waiting(reason: "chance")) }
    }

    /// The process ends at once. The driver is told later, or only after it has given it up.
    private func crash(_ machine: Int) {
        guard let process = machines[machine], process.isAlive else { return }
        seen.insert("crashed")
        if random.chance(70) { end(process.address.id, isFault: random.chance(50)) } else { process.isAlive = false }
    }

    /// Nothing gets through for a while. Both ends notice it.
    private func cut(_ machine: Int) {
        guard now >= cutUntil[machine] else { return }
        cutUntil[machine] = now + random.micros(1000...300_000)
        seen.insert("cut")
        noticeCut(machine)
    }

    /// The process connects anew as soon as it can.
    private func noticeCut(_ machine: Int) {
        if let id = machines[machine]?.address.id, let connection = connections[id], now >= driverPausedUntil {
            tell(.disconnected(id, connection: connection))
        }
        timeline.add(.connected(machine: machine), at: cutUntil[machine])
    }

    private func damageFile(of machine: Int) {
        guard let process = machines[machine], let path = process.files.keys.sorted().randomElement(using: &random)
        else { return }
        if random.chance(50) { process.files[path] = nil } else { process.files[path]?.isDamaged = true }
        seen.insert("file damaged")
    }

    private func damageBlock(of machine: Int) {
        guard let process = machines[machine] else { return }
        let blocks = process.blocks.keys.sorted { ($0.rdd, $0.partition) < ($1.rdd, $1.partition) }
        if let block = blocks.randomElement(using: &random) { process.damagedBlocks.insert(block) }
    }

    private func cancelSomething() {
        guard now >= driverPausedUntil, !jobs.isEmpty else { return }
        switch random.within(0...3) {
        case 0: tell(.jobCancelled(JobID(random.within(0...jobs.count - 1)), reason: "chance"))
        case 1: tell(.stageCancelled(StageID(random.within(0...20)), reason: "chance"))
        case 2: tell(.taskKilled(TaskID(random.within(0...100))))
        default: tell(.blocksRemoved(RDDID(random.within(0...workload.nodes.count - 1))))
        }
    }

    /// From now on everything works.
    func calmDown() {
        isCalm = true
        driverPausedUntil = now
        for machine in machines.indices {
            machines[machine]?.frozenUntil = now
            (cutUntil[machine], muteUntil[machine]) = (now, now)
            noticeCut(machine)
        }
    }
}
