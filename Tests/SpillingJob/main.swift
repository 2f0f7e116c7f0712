// Runs a job that spills in a process of its own, for tests that give it too little space.
//
//     spilling-job FOLDER LIMIT
//
// FOLDER is the directory of spills; LIMIT bounds the size of files (0: no limit); with `die` in its place, the process
// kills itself once it has spilled. Prints the outcome, the number of descriptors that lead into the folder, and the number
// of files left there. After a failure it removes `ballast` there, and tries again without limit.

import Foundation
import Martlet

let arguments = CommandLine.arguments
guard arguments.count == 3, let limit = arguments[2] == "die" ? 0 : UInt(arguments[2]) else {
    print("usage: spilling-job FOLDER LIMIT")
    exit(2)
}
let folder = arguments[1]

func setLimit(_ bytes: rlim_t) -> Bool {
    var bound = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
    return setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &bound) == 0
}

func report(_ context: MartletContext) async -> Bool {
    var isDone = false
    do {
        let (dies, folder) = (arguments[2] == "die", folder)
        let groups = context.range(0, 60_000, partitions: 4).map { number in
            if dies, number % 1000 == 0, files(in: folder) > 0 { kill(getpid(), SIGKILL) }
            return (number &* 7919 % 20_000, "a value with number \(number)")
        }.groupByKey(partitions: 2)
        let count = try await groups.map(\.1.count).sum()
        print("counted \(count)")
        isDone = true
    } catch {
        print("failed: \("\(error)".split(separator: "\n").joined(separator: " "))")
    }
    // Tasks that were still running when the job failed end on their own.
    var turns = 0
    while turns < 1_000_000, !context.driver.isIdle || context.heldBytes > 0 || files(in: folder) > 0 {
        turns += 1
        await Task.yield()
    }
    print("held \(context.heldBytes)")
    print("descriptors \(descriptors())")
    print("files \(files(in: folder))")
    return isDone
}

@Sendable func files(in folder: String) -> Int {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.count { $0.contains("spill") }
}

func descriptors() -> Int {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    let targets = numbers.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
    return targets.count { $0.hasPrefix(folder + "/") && !$0.hasSuffix("/owner.lock") }
}

// Otherwise the signal of the failure would end the process.
signal(SIGXFSZ, SIG_IGN)
let context = try MartletContext(
    master: "local[2,2]",
    settings: Settings(parsing: [
        "martlet.ui.progress=off", "martlet.local.dir=\(folder)", "martlet.executor.memory=256k",
        "martlet.io.compression.codec=none",
    ]))
if limit > 0, !setLimit(rlim_t(limit)) { exit(3) }
var isDone = await report(context)
if !isDone {
    unlink(folder + "/ballast")
    _ = setLimit(.max)
    isDone = await report(context)
}
context.stop()
print("left \((try? FileManager.default.contentsOfDirectory(atPath: folder))?.count ?? -1)")
exit(isDone ? 0 : 1)
