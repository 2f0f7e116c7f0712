// A driver in a process of its own, for tests that kill it.
//
//     cluster-driver MODE FOLDER SECRET
//
// MODE is the behaviour once both executors work on a job with slow tasks: `wait` for that job, `exit` without stopping the
// context, or `trap`. With `unstartable`, the executors cannot start: prints the errors of actions that are cancelled or
// whose context is stopped. With `starving`, executors that have started well cannot be replaced for a while. FOLDER is the
// place for files. Prints `ready` when the tasks run.

import Foundation
import Martlet

/// Writes a line at once: the process may end before a later write.
func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    say("usage: cluster-driver MODE FOLDER SECRET")
    exit(2)
}
let mode = arguments[1]

// If the driver hangs, the test must detect it and not hang too.
alarm(60)
// With this variable, the dynamic loader lists the libraries of a program and does not start it.
func makeProgramsUnstartable() { setenv("LD_TRACE_LOADED_OBJECTS", "1", 1) }
func makeProgramsStartable() { unsetenv("LD_TRACE_LOADED_OBJECTS") }

func makeContext() throws -> MartletContext {
    try MartletContext(
        master: "local-cluster[2,1,512]",
        settings: Settings(parsing: [
            "martlet.ui.progress=off", "martlet.local.dir=\(arguments[2])", "martlet.authenticate.secret=\(arguments[3])",
        ]))
}

final class FirstTask: MartletListener {
    private let onStart: @Sendable () -> Void
    init(_ onStart: @escaping @Sendable () -> Void) { self.onStart = onStart }
    func onTaskStart(_: TaskSummary) { onStart() }
}

/// The error of an action, in one line.
func outcome(_ action: () async throws -> Int) async -> String {
    do {
        return "counted \(try await action())"
    } catch {
        return "failed: \("\(error)".split(separator: "\n").joined(separator: " "))"
    }
}

func outcome(_ context: MartletContext) async -> String {
    await outcome { try await context.range(0, 10, partitions: 4).count() }
}

/// The standard error of this program.
struct OwnErrors: ~Copyable {
    private let file: UnsafeMutablePointer<FILE>

    init() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, let file = fdopen(ends[0], "r") else { fatalError("no pipe") }
        dup2(ends[1], STDERR_FILENO)
        self.file = file
    }

    /// Waits until an action has reported that it waits.
    func waitUntilOneWaits() {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            if String(cString: line).contains("waits, since none of 2 executors is there") { return }
        }
    }
}

switch mode {
case "unstartable":
    let errors = OwnErrors()
    makeProgramsUnstartable()
    let context = try makeContext()
    let cancelled = Task.detached { await outcome(context) }
    let stopped = Task.detached { await outcome(context) }
    for _ in 0..<2 { errors.waitUntilOneWaits() }
    cancelled.cancel()
    say("action \(await cancelled.value)")
    context.stop()
    say("action \(await stopped.value)")
    say("action \(await outcome(context))")
case "starving":
    let errors = OwnErrors()
    let context = try makeContext()
    say("action \(await outcome(context))")
    makeProgramsUnstartable()
    let job = Task.detached {
        await outcome {
            try await context.range(0, 4, partitions: 4).map { _ -> Int in
                if TaskContext.current?.attemptNumber == 0 { kill(getpid(), SIGKILL) }
                return 0
            }.count()
        }
    }
    errors.waitUntilOneWaits()
    makeProgramsStartable()
    say("action \(await job.value)")
    context.stop()
default:
    let context = try makeContext()
    _ = try await context.range(0, 10, partitions: 4).count()
    let job = Task {
        try await context.range(0, 4, partitions: 4).map { number in
            while true { pause() }
        }.count()
    }
    let isRunning = AsyncStream.makeStream(of: Void.self)
    context.addListener(FirstTask { isRunning.continuation.yield() })
    for await _ in isRunning.stream { break }
    say("ready")
    switch mode {
    case "exit": exit(0)
    case "trap": fatalError("as asked for")
    default: _ = try? await job.value
    }
}
