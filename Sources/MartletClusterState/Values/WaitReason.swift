/// Why an application or a driver has nothing to run on.
package enum WaitReason: Hashable, Sendable, Codable, CustomStringConvertible {
    case recovering
    case noWorker

    /// It asked for no executor.
    case executorLimit(Int)

    /// No worker would have room, even if nothing ran there.
    case tooLarge(needed: Resources, mostCores: Int, mostMemoryBytes: Int)

    /// No worker has room now. The largest free room, by memory and by cores.
    case noRoom(needed: Resources, mostCores: Int, mostMemoryBytes: Int)

    /// Other applications or drivers come first.
    case queue(ahead: Int)

    /// Its executors fail, and the next start waits.
    case failures(Int)

    package var description: String {
        switch self {
        case .recovering: "the master has just become the leader, and waits for its workers and applications"
        case .noWorker: "no worker is registered, or all are cut off or being decommissioned; start one"
        case .executorLimit(let limit): "its executor limit is \(limit)"
        case .tooLarge(let needed, let cores, let memory):
            "needs \(needed), the largest worker has \(Self.largest(needed, cores, memory)); ask for less, or start a larger worker"
        case .noRoom(let needed, let cores, let memory):
            "needs \(needed), the largest free worker has \(Self.largest(needed, cores, memory))"
        case .queue(let ahead): "\(ahead) in the queue come first"
        case .failures(let count): "\(count) executors in a row have failed; the next one starts after a pause"
        }
    }

    /// Only what is missing: `1 GiB`, `2 cores`, or `1 GiB x 2 cores`.
    private static func largest(_ needed: Resources, _ cores: Int, _ memory: Int) -> String {
        let hasMemory = memory >= needed.memoryBytes
        let hasCores = cores >= needed.cores
        if hasCores, !hasMemory { return Resources.memory(memory) }
        if hasMemory, !hasCores { return Resources.cores(cores) }
        return hasMemory ? "both, but not on one worker" : Resources(cores: cores, memoryBytes: memory).description
    }
}
