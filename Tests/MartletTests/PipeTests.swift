import Glibc
import Martlet
import TestSupport
import Testing

/// Partitions through commands. Serialised, since open descriptors are counted.
@Suite(.serialized) struct PipeTests {
    let context: MartletContext
    let directory = TemporaryDirectory()

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    @Test(arguments: EmptyAndManyTests.shapes.indices)
    func everyShape(_ index: Int) async throws {
        let (name, make) = EmptyAndManyTests.shapes[index]
        let rdd = make(context)
        let all = try await rdd.collect()
        #expect(try await rdd.pipe("cat").collect() == all.map { "\($0)" }, "\(name)")
        // One process for each partition, also for an empty one.
        let counts = try await rdd.pipe(["sh", "-c", "wc -l | tr -d ' '"]).collect()
        #expect(try await counts == rdd.glom().map { "\($0.count)" }.collect(), "\(name)")
    }

    @Test func commandLines() async throws {
        let words = context.parallelize(["b", "a"], partitions: 1)
        #expect(try await words.pipe("  sort \t -r\n").collect() == ["b", "a"])
        #expect(try await words.pipe(["printf", "%s|", "one two", "", "'"]).collect() == ["one two||'|"])
        for rdd in [words.pipe(" ", line: 9), words.pipe([], line: 9)] {
            let text = await failure { try await rdd.count() }.map { "\($0)" }
            #expect(text == "pipe at PipeTests.swift:9: the command is empty")
        }
        let zero = await failure { try await words.pipe(["echo", "a\0b"], line: 9).count() }.map { "\($0)" }
        #expect(zero?.contains("holds a zero byte") == true)
    }

    @Test func lineEndsAndBytes() async throws {
        let none = context.parallelize([Int](), partitions: 1)
        func lines(_ script: String) async throws -> [String] { try await none.pipe(["sh", "-c", script]).collect() }
        #expect(try await lines("printf ''") == [])
        #expect(try await lines("printf '\\n'") == [""])
        #expect(try await lines("printf 'a'") == ["a"])
        #expect(try await lines("printf 'a\\r\\nb\\r\\n\\nc'") == ["a", "b", "", "c"])
        #expect(try await lines("printf 'a\\rb\\r\\rc\\r'") == ["a", "b", "", "c"])
        // Lines of seven bytes: each read may end anywhere in them, also between the two bytes of their ends.
        let many = try await lines("yes \"abcde$(printf '\\r')\" | head -n 100000")
        #expect(many.count == 100_000 && many.allSatisfy { $0 == "abcde" })
        #expect(try await lines("printf 'caf\\303\\251 \\377'") == ["café \u{FFFD}"])
    }

    @Test func printersAndHeaders() async throws {
        let pairs = context.parallelize([(1, "one"), (2, "two"), (3, "three")], partitions: 2)
        let lines = try await pairs.pipe("cat", header: ["first", "second"]) { pair, print in
            if pair.0 != 2 { print(pair.1) }
            if pair.0 == 3 { print("\(pair.0)") }
        }.collect()
        #expect(lines == ["first", "second", "one", "first", "second", "three", "3"])
        #expect(try await context.range(0, 100_000, partitions: 1).pipe("cat") { _, _ in }.count() == 0)
    }

    @Test(.localOnly) func environment() async throws {
        let one = context.parallelize([1], partitions: 1)
        setenv("MARTLET_PIPE_TEST", "inherited", 1)
        let script = ["sh", "-c", "echo $MARTLET_PIPE_TEST $OTHER"]
        #expect(try await one.pipe(script, environment: ["OTHER": "a = b"]).collect() == ["inherited a = b"])
        #expect(try await one.pipe(script, environment: ["MARTLET_PIPE_TEST": "mine"]).collect() == ["mine"])
    }

    @Test func separateWorkingDirectories() async throws {
        let script = ["sh", "-c", "cat >made; mkdir sub; touch sub/x; pwd; ls Package.swift; cat made; ls | wc -l"]
        let rdd = context.range(0, 2, partitions: 2).pipe(script, separateWorkingDirectory: true)
        let lines = try await rdd.collect()
        let paths = lines.filter { $0.contains("martlet-pipe-") }
        #expect(Set(paths).count == 2)
        #expect(lines.filter { $0 == "Package.swift" }.count == 2, "\(lines)")
        #expect(lines.filter { $0 == "0" || $0 == "1" }.count == 2)
        for path in paths { #expect(access(path, F_OK) != 0, "\(path) is left") }
        #expect(access("Package.swift", F_OK) == 0 && access("made", F_OK) != 0)
    }

    /// Input and output of any sizes, read and written in any order: a script, the elements of two partitions, and the
    /// output lines.
    static let scripts: [(String, Int, Int)] = [
        ("cat", 300_000, 300_000), ("sort -n", 300_000, 300_000),
        // Writes everything before it reads anything, or the reverse.
        ("yes | head -n 300000; cat", 300_000, 900_000), ("cat >/dev/null; yes | head -n 300000", 300_000, 600_000),
        // Reads a part of its input, or nothing.
        ("head -n 1", 300_000, 2), ("true", 300_000, 0), ("echo 1; exec 0<&-; echo 2", 300_000, 4), ("echo 1", 0, 2),
        // Closes its output and goes on reading.
        ("exec 1>&-; cat >/dev/null", 300_000, 0),
        // Writes more to standard error than a pipe holds, in characters that the log does not show.
        ("head -c 100000 /dev/zero | tr '\\0' '\\r' >&2; cat", 1000, 1000),
    ]

    @Test(arguments: scripts.indices)
    func anySizes(_ index: Int) async throws {
        let (script, input, output) = Self.scripts[index]
        #expect(try await context.range(0, input, partitions: 2).pipe(["sh", "-c", script]).count() == output, "\(script)")
    }

    @Test func pipesOnPipes() async throws {
        let lines = context.range(0, 20_000, partitions: 3).pipe("cat").pipe("cat").map { "\($0)!" }.pipe("cat")
        #expect(try await lines.collect() == (0..<20_000).map { "\($0)!" })
    }

    @Test func failures() async throws {
        let rdd = context.range(0, 4, partitions: 2)
        func error(_ command: [String]) async throws -> (PipeError, String) {
            let error = await failure { try await rdd.pipe(command, line: 4711).count() }
            guard case JobError.taskFailed(let report)? = error else { throw Refusal(value: 0) }
            return (try #require(report.underlying as? PipeError), "\(JobError.taskFailed(report))")
        }
        let (missing, text) = try await error(["no-such-command", "-x"])
        #expect(missing == .cannotStart(command: "no-such-command -x", reason: "No such file or directory"))
        #expect(text.hasPrefix("pipe at PipeTests.swift:4711 failed in partition"), "\(text)")
        #expect(text.contains("the command 'no-such-command -x' cannot be started: No such file or directory"), "\(text)")
        let (status, statusText) = try await error(["sh", "-c", "cat; echo bad >&2; exit 3"])
        #expect(status == .exited(command: "sh -c cat; echo bad >&2; exit 3", status: 3, errorTail: "bad"))
        #expect(statusText.hasSuffix("exited with status 3; its standard error ends with: bad"), "\(statusText)")
        let (silent, silentText) = try await error(["sh", "-c", "kill -9 $$"])
        #expect(silent == .signalled(command: "sh -c kill -9 $$", signal: 9, errorTail: ""))
        #expect(silentText.hasSuffix("was ended by signal 9; it wrote nothing to standard error"), "\(silentText)")
        let (long, _) = try await error(["sh", "-c", "head -c 5000 /dev/zero | tr '\\0' '\\r' >&2; echo end >&2; exit 1"])
        guard case .exited(_, 1, let tail) = long else { throw Refusal(value: 1) }
        #expect(tail.utf8.count == 2047 && tail.hasSuffix("\r\rend"))
    }

    @Test func failuresOfTheInput() async throws {
        let rdd = context.range(0, 90_000, partitions: 2).map({ number in
            if number == 80_000 { throw Refusal(value: number) }
            return number
        }, line: 4711)
        let text = await failure { try await rdd.pipe("cat").count() }.map { "\($0)" }
        #expect(text?.hasPrefix("map at PipeTests.swift:4711 failed in partition 1") == true, "\(text ?? "")")
        let printer = await failure {
            try await context.range(0, 9, partitions: 1).pipe("cat", printElement: { number, _ in throw Refusal(value: number) }, line: 4712).count()
        }.map { "\($0)" }
        #expect(printer?.hasPrefix("pipe at PipeTests.swift:4712 failed in partition 0") == true, "\(printer ?? "")")
    }

    /// Whether a process, or its zombie, exists.
    private static func exists(_ process: String) -> Bool { pid_t(process).map { kill($0, 0) == 0 } ?? true }

    /// Whether a process exists that is not a zombie: other parents reap their own.
    private static func runs(_ process: String) -> Bool {
        guard let file = fopen("/proc/\(process)/stat", "re") else { return false }
        defer { fclose(file) }
        var byte = fgetc(file)
        while byte != EOF, byte != 0x29 { byte = fgetc(file) }
        _ = fgetc(file)
        return fgetc(file) != 0x5A
    }

    @Test func processesEndWhenTheActionHasEnough() async throws {
        // The shell's child writes without end; both are killed.
        let script = ["sh", "-c", "echo $$; sleep 1000 & echo $!; yes"]
        let lines = try await context.range(0, 10, partitions: 1).pipe(script).take(100)
        #expect(lines.count == 100)
        #expect(await eventually { !Self.exists(lines[0]) })
        #expect(await eventually { !Self.runs(lines[1]) })
    }

    @Test func processesEndWithACancelledJob() async throws {
        for script in ["echo $$ >\(directory.path("id")); sleep 1000", "echo $$ >\(directory.path("id")); exec 1>&-; sleep 1000"] {
            unlink(directory.path("id"))
            let task = Task { try await context.range(0, 10, partitions: 1).pipe(["sh", "-c", script]).count() }
            #expect(await eventually { directory.text(of: "id")?.hasSuffix("\n") == true })
            let process = String(try #require(directory.text(of: "id")).dropLast())
            #expect(Self.exists(process))
            task.cancel()
            #expect(await failure { try await task.value } is CancellationError)
            #expect(await eventually { !Self.exists(process) })
            #expect(await eventually { context.driver.isIdle })
        }
    }

    @Test func processesEndWithAFailingTask() async throws {
        let rdd = context.range(0, 10, partitions: 1).pipe(["sh", "-c", "echo $$; sleep 1000"]).map { (process: String) -> Int in
            throw Refusal(value: Int(process) ?? 0)
        }
        let error = await failure { try await rdd.count() }
        guard case JobError.taskFailed(let report)? = error, let refusal = report.underlying as? Refusal else {
            Issue.record("unexpected: \(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(await eventually { !Self.exists("\(refusal.value)") })
    }

    /// Other tests open files too, and close them again: the count is awaited, and compared with the number of started processes.
    @Test func descriptorsAreClosed() async throws {
        func count() -> Int { (0..<4096).filter { fcntl($0, F_GETFD) >= 0 }.count }
        let before = count()
        #expect(try await context.range(0, 400, partitions: 400).pipe("cat").count() == 400)
        _ = await failure { try await context.range(0, 400, partitions: 400).pipe("no-such-command").count() }
        for _ in 0..<20 { _ = await failure { try await context.range(0, 2, partitions: 2).pipe("false").count() } }
        for _ in 0..<20 { #expect(try await context.range(0, 2, partitions: 1).pipe("yes").take(3) == ["y", "y", "y"]) }
        #expect(await eventually { context.driver.isIdle })
        #expect(await eventually { count() < before + 100 })
    }
}
