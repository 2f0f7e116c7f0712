import MartletCore
import MartletPlan

// Room on executors, as it is offered to the task sets.
extension TaskScheduler {
    /// Offers executors that have room, or better chances than before, to the task sets: first free slots, then queue places.
    /// - Returns: what is to be launched, in order
    /// - Invariant: S1, S6
    mutating func launchReady(at now: Instant) -> [TaskLaunch] {
        lastEventAt = now
        if isHeld { return [] }
        if ready.isEmpty {
            waitsUntil = nil
            executors.withdrawOffers()
            return []
        }
        if let end = waitsUntil, end <= now {
            waitsUntil = nil
            executors.offerAll()
        }
        var line = executors.takeOffers()
        let offeredCount = line.count
        var launches: [TaskLaunch] = []
        for isAhead in [false, true] {
            // An executor that got an attempt stands in line for the next one.
            line.removeSubrange(offeredCount...)
            var next = 0
            while next < line.count, !ready.isEmpty {
                let executor = line[next]
                next += 1
                guard let offer = executors.offer(of: executor, isAhead: isAhead), let launch = take(offer, at: now)
                else { continue }
                begin(launch, at: now)
                launches.append(launch)
                line.append(executor)
            }
        }
        return launches
    }

    /// Notes an attempt that is launched, and the room that it takes.
    mutating func begin(_ launch: TaskLaunch, at now: Instant) {
        attempts.insert(launch, at: now)
        executors.occupy(launch.attempt.executor)
        nextTask = TaskID(nextTask.rawValue + 1)
    }

    /// Takes the next task for an executor, from the first task set that has one for it.
    private mutating func take(_ offer: ExecutorOffer, at now: Instant) -> TaskLaunch? {
        for place in ready.indices.reversed() {
            guard let set = taskSets.index(forKey: ready[place]) else {
                preconditionFailure("stage \(ready[place]) is ready and has no tasks")
            }
            switch taskSets.values[set].answer(offer, placement, task: nextTask, number: attempts.nextNumber, at: now) {
            case .launch(let launch): return launch
            case .isEmpty: ready.remove(at: place)
            case .waits(let end): waitsUntil = min(waitsUntil ?? end, end)
            case .declines: break
            case .keepsBalance: return nil
            }
        }
        return nil
    }

    /// Adds an active task set to `ready`.
    mutating func makeReady(_ stage: StageID) {
        guard let set = taskSets[stage], set.isActive else { return }
        let place = readyPlace(of: set)
        if place == ready.count || ready[place] != stage { ready.insert(stage, at: place) }
        executors.offerAll()
    }

    /// Removes a task set from `ready`, if it is a member.
    mutating func removeReady(_ stage: StageID) {
        guard let set = taskSets[stage] else { return }
        let place = readyPlace(of: set)
        if place < ready.count, ready[place] == stage { ready.remove(at: place) }
    }

    /// Where a task set is, or belongs, in `ready`.
    private func readyPlace(of set: TaskSetState) -> Int {
        var (low, high) = (0, ready.count)
        while low < high {
            let middle = (low + high) / 2
            let isBefore = taskSets[ready[middle]].map { order.precedes(set, $0) } ?? false
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
