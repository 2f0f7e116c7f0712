// Runs a job in a process of its own, for tests that end it or starve it.
//
//     ending-job MODE MASTER FOLDER
//
// FOLDER is where its files are. MODE:
//
// - `wait`: caches partitions on disk, and runs commands that do not end; prints `pid N` for each process of the commands
//   and of the tasks, and `dir PATH` for the directories of commands, and waits to be ended. With `handle`, it handles
//   SIGINT itself: it stops its context, and reports that.
// - `inherit`: prints the open descriptors in a command of `pipe`, and in a process that a task starts in another way, and
//   the limits of open files.
// - `starve`: may open few files, and prints the errors of jobs that need more.

import Dispatch
import Foundation
import Martlet

/// Writes a line at once: the process may end before a later write.
@Sendable func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    say("usage: ending-job MODE MASTER FOLDER")
    exit(2)
}
let (mode, folder) = (arguments[1], arguments[3])

// If the process hangs, the test must detect it and not hang too.
alarm(120)

@Sendable func openFilesLimit() -> Int {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Int(limit.rlim_cur) : -1
}

func setOpenFilesLimit(_ soft: Int, hard: Int) {
    var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { say("setrlimit: \(errno)") }
}

/// The error of an action, in one line.
func outcome(_ action: () async throws -> Int) async -> String {
    do {
        return "counted \(try await action())"
    } catch {
        return "failed: \("\(error)".split(separator: "\n").joined(separator: " "))"
    }
}

/// The open descriptors of a program that is started without any precautions.
@Sendable func startedOtherwise() -> [String] {
    guard let output = popen("ls -l /proc/self/fd", "r") else { return ["cannot be started"] }
    defer { pclose(output) }
    var (line, capacity): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
    defer { free(line) }
    var lines: [String] = []
    while getline(&line, &capacity, output) > 0, let line { lines.append(String(cString: line)) }
    return lines.filter { $0.contains("->") }.map { $0.trimmingCharacters(in: .newlines) }
}

// Descriptors that this process has inherited would only confuse the output.
if mode == "inherit" { for descriptor in 3..<300 { close(Int32(descriptor)) } }
if mode == "inherit" { setOpenFilesLimit(300, hard: 3000) }
if mode == "starve" { setOpenFilesLimit(40, hard: 40) }
let context = try MartletContext(
    master: arguments[2],
    settings: Settings(parsing: [
        "martlet.ui.progress=off", "martlet.local.dir=\(folder)", "martlet.portable.check=false",
    ]))

switch mode {
case "inherit":
    // Files and connections are open.
    let rows = context.range(0, 100, partitions: 4).persist(.diskOnly)
    say("counted \(try await rows.map { ($0 % 5, $0) }.groupByKey(partitions: 2).count())")
    let one = context.range(0, 1, partitions: 1)
    for line in try await one.pipe(["ls", "-l", "/proc/self/fd"]).collect() where line.contains("->") { say("pipe \(line)") }
    for line in try await one.flatMap({ _ in startedOtherwise() }).collect() { say("otherwise \(line)") }
    for line in try await one.pipe(["sh", "-c", "ulimit -Sn"]).collect() { say("limit pipe \(line)") }
    say("limit task \(try await one.map { _ in openFilesLimit() }.collect()[0])")
    say("limit driver \(openFilesLimit())")
    context.stop()
case "starve":
    let rows = context.range(0, 2000, partitions: 2).persist(.diskOnly)
    say(await outcome { try await rows.count() })
    // Descriptors that are not available when the job wants them.
    var taken: [Int32] = []
    while case let file = open("/dev/null", O_RDONLY | O_CLOEXEC), file >= 0 { taken.append(file) }
    say(await outcome { try await rows.map { $0 + 1 }.count() })
    say(await outcome { try await rows.map { ($0 % 7, $0) }.groupByKey(partitions: 2).count() })
    say(await outcome { try await rows.pipe("cat").count() })
    for file in taken { close(file) }
    say(await outcome { try await rows.map { $0 + 1 }.count() })
    say("kept \(rows.cachedPartitionCount)")
    context.stop()
default:
    let rows = context.range(0, 1000, partitions: 2).persist(.diskOnly)
    _ = try await rows.map { ($0 % 10, $0) }.groupByKey(partitions: 2).count()
    let script = ["sh", "-c", "echo dir $PWD; echo pid $$; sleep 1000 & echo pid $!; cat > /dev/null; wait"]
    let job = Task {
        try await rows.pipe(script, separateWorkingDirectory: true).map { line -> Int in
            say("\(line)\npid \(getpid())")
            return 1
        }.count()
    }
    var handler: (any DispatchSourceSignal)?
    if mode == "handle" {
        signal(SIGINT, SIG_IGN)
        handler = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        let (stopped, say) = (context, say)
        handler?.setEventHandler(
            handler: { @Sendable in
                stopped.stop()
                say("handled")
                exit(0)
            })
        handler?.resume()
    }
    _ = try? await job.value
    // The handler ends the process.
    while mode == "handle" { pause() }
}
