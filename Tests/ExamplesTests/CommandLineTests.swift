import Testing

/// The command line of every example.
@Suite struct CommandLineTests {
    @Test(arguments: Example.all) func explainsItself(_ name: String) throws {
        let outcome = try Example(name: name).run("--help")
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("OVERVIEW: "))
        #expect(outcome.output.contains("USAGE: \(name) "))
        #expect(outcome.output.contains("--master"))
    }

    @Test(arguments: Example.all) func refusesAnUnknownOption(_ name: String) throws {
        let outcome = try Example(name: name).run("--wings", "a", "b")
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("Error: Unknown option '--wings'"))
    }

    @Test(arguments: [
        (["Pi", "--samples", "0"], "Error: --samples must be at least 1, not 0"),
        (["KMeans", "--k", "0"], "Error: --k must be at least 1, not 0"),
        (["WordCount"], "Error: Missing expected argument '<input>'"),
        (["WordCount", "/no/such/file"], "Error: /no/such/file: no such file or directory"),
        (["Pi", "--master", "locl"], "Error: unknown master 'locl'; did you mean local?"),
        (
            ["Pi", "--conf", "martlet.batch.byte=64k"],
            "Error: unknown setting martlet.batch.byte; did you mean martlet.batch.bytes?"
        ),
    ]) func saysWhatIsWrong(_ command: [String], _ message: String) throws {
        let example = Example(name: command[0])
        let outcome =
            switch command.count {
            case 1: try example.run()
            case 2: try example.run(command[1])
            default: try example.run(command[1], command[2])
            }
        #expect(outcome.status != 0)
        #expect(outcome.errors.hasPrefix(message))
    }

    @Test func namesTheLineOfTheProgramThatFailed() throws {
        let folder = try Folder()
        let links = try folder.write("links.txt", ["a b", "a b c"])
        let outcome = try Example(name: "PageRank").run(links)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("flatMap at PageRank.swift:"))
        #expect(outcome.errors.contains("'a b c' is not a link: two names with a blank between"))
    }
}
