import MartletClusterState
import MartletCore
import MartletStatistics

/// How often what happens, in one simulation. Percentages.
struct MasterFaults {
    /// Of messages.
    let repeatsPercent, delaysPercent: Int

    /// Of a few hundred milliseconds: a master, worker or application crashes, sleeps, is cut off for a while; a connection is cut.
    let masterPercent, workerPercent, applicationPercent, freezePercent, partitionPercent, cutPercent: Int

    /// Of records: the master crashes just after it is durable.
    let crashInsidePercent: Int

    /// Of a few hundred milliseconds: a worker is decommissioned, an application is killed by an operator or ends.
    let decommissionPercent, killPercent, endPercent: Int

    /// Of processes: they do not start, they fail.
    let startFailsPercent, failsPercent: Int

    init(_ random: inout SeededGenerator) {
        let isQuiet = random.chance(10)
        func chance(_ largest: Int) -> Int { isQuiet || random.chance(40) ? 0 : random.within(1...largest) }
        (repeatsPercent, delaysPercent) = (chance(20), chance(20))
        (masterPercent, workerPercent, applicationPercent) = (chance(5), chance(5), chance(3))
        (freezePercent, partitionPercent, cutPercent) = (chance(5), chance(5), chance(8))
        (crashInsidePercent, decommissionPercent, killPercent) = (chance(3), chance(2), chance(2))
        (endPercent, startFailsPercent) = (chance(3), chance(20))
        failsPercent = random.chance(10) ? 100 : chance(40)
    }
}

// What happens by chance.
extension MasterSimulation {
    func takeChances() {
        let machine = random.within(0...workers.count - 1)
        let client = Client.worker(machine, workers[machine].incarnation)
        let index = random.within(0...applications.count - 1)
        let any = random.chance(60) ? client : .application(index)
        let master = random.within(0...masters.count - 1)
        if random.chance(faults.masterPercent) { crashMaster(master) }
        if random.chance(faults.workerPercent) { crashWorker(machine) }
        if random.chance(faults.applicationPercent), applications[index].isAlive {
            seen.insert("application crashed")
            leave(applications[index])
        }
        if random.chance(faults.freezePercent) {
            frozenUntil[random.chance(40) ? .master(master) : .client(any)] = now + random.micros(100_000...9_000_000)
            seen.insert("frozen")
        }
        if random.chance(faults.partitionPercent) {
            let until = now + random.micros(100_000...9_000_000)
            cutOffUntil[any] = until
            seen.insert("cut off")
            // The connections are of no use after it: what was sent meanwhile is lost.
            for master in masters.indices {
                let link = Link(client: any, master: master)
                if let connection = connections.removeValue(forKey: link) {
                    for byMaster in [true, false] {
                        timeline.add(
                            .noticed(any, master: master, connection: connection, byMaster: byMaster),
                            at: until + random.micros(100...50_000))
                    }
                }
            }
        }
        if random.chance(faults.cutPercent) { cutAll(any) }
        if random.chance(faults.decommissionPercent) {
            seen.insert("decommissioned")
            if random.chance(50) {
                tell(worker: machine, .decommission)
            } else if let leader {
                tell(master: leader, .decommission([workers[machine].id(workers[machine].incarnation)]))
            }
        }
        if random.chance(faults.killPercent), let leader, let id = applications[index].id {
            tell(master: leader, .killApplication(id, submitter: -1))
        }
        if random.chance(faults.endPercent) { endApplication(applications[index]) }
    }

    /// From now on everything works.
    func calmDown() {
        isCalm = true
        for place in frozenUntil.keys { frozenUntil[place] = now }
        for client in cutOffUntil.keys { cutOffUntil[client] = now }
    }
}
