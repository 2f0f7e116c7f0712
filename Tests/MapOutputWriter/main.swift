// Publishes map outputs in a process of its own, for tests that kill it or give it too little space.
//
//     map-output-writer FOLDER COUNT LIMIT
//
// Publishes COUNT outputs of 50,000 rows each for three partitions, endlessly if COUNT is 0; LIMIT bounds the size of files
// (0: no limit). Prints a line for each: "published BYTES PATH", or "failed REASON" and the number of files.

import Glibc
import MartletBlocks
import MartletCore
import MartletShuffle
import MartletThreads

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[2]), let limit = UInt(arguments[3]) else { exit(2) }

/// Prints at once, also into a pipe.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
}

/// The numbers from 0 on, mixed with others.
final class Numbers: BatchSource {
    private let buffer = UnsafeMutablePointer<(Int, Int)>.allocate(capacity: 1000)
    private var position = 0
    deinit { buffer.deallocate() }

    override func next() throws -> RawBatch {
        guard position < 50_000 else { return .end }
        for index in 0..<1000 { buffer[index] = (position + index, (position + index) &* 0x1E37_79B9_7F4A_7C15) }
        position += 1000
        return RawBatch(base: UnsafeMutableRawPointer(buffer), count: 1000, isOwned: true)
    }
}

if limit > 0 {
    // Otherwise the signal of the failure would end the process.
    signal(SIGXFSZ, SIG_IGN)
    var bound = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
    guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &bound) == 0 else { exit(3) }
}

let scratch = ScratchSpace(places: [arguments[1]])
let memory = TaskMemory(
    MemoryStore(MemoryLedger(capacity: 1 << 30, storageFraction: 0.5)), task: TaskID(0), slots: 1, scratch: scratch,
    cancellation: CancellationFlag())
let store = ShuffleStore()
let output = try ScatterProgram.byKey(Int.self, Int.self).writeMapOutput(
    Numbers(), partitioning: KeyPartitioning<Int>(partitionCount: 3), partitionCount: 3, memory: memory)
var map = 0
while count == 0 || map < count {
    do {
        let published = try store.publish(
            output, of: ShuffleID(1), map: map, mapCount: count, partitionCount: 3, memory: memory)
        say("published \(published.byteCount) \(published.path)")
    } catch {
        say("failed \(error)")
        say("files \(store.outputBytes.disk)")
    }
    map += 1
}
