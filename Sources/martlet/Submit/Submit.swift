import ArgumentParser
import Glibc
import MartletClusterClient
import MartletCore

struct Submit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a program on a cluster, or on this machine.",
        usage: """
            martlet submit [options] PROGRAM|FOLDER [arguments of the program]
            martlet submit --kill ID | --status ID
            """,
        discussion: """
            A FOLDER is a Swift package, which is built first, in release with the standard library in the program. Options stand
            before the program; what follows it is the program's. A setting of the command line is stronger than one of
            --properties-file; weaker still are martlet-defaults.conf (in the folder that MARTLET_CONF_DIR names, else conf/ beside
            sbin/), the environment, and the defaults. What the program itself sets is strongest.
            """)

    @OptionGroup(title: "Where") var place: PlaceOptions
    @OptionGroup(title: "What") var content: ContentOptions
    @OptionGroup(title: "How much") var sizes: SizeOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("A setting.", valueName: "key=value")) var conf: [String] = []
    @Option(help: "A file with settings, in place of martlet-defaults.conf's; that is still read, and weaker.") var propertiesFile: String?
    @Flag(name: .shortAndLong, help: "Say what is done.") var verbose = false
    @Flag(help: "Print each setting and where it came from, and run nothing.") var explainConf = false
    @Option(help: "End a driver or an application.") var kill: String?
    @Option(help: "Show a driver or an application.") var status: String?

    @Argument(parsing: .captureForPassthrough, help: "The program or package folder, and its arguments.") var words: [String] = []

    func validate() throws {
        // The parser leaves all unknown words to the program, these too.
        if let word = words.first, ["--help", "-h"].contains(word) { throw CleanExit.helpRequest(Self.self) }
        if words.first == "--version" { throw CleanExit.message("martlet \(martletVersion)") }
        if let word = words.first, word.hasPrefix("-") {
            let options = Self.optionNames
            let name = String(word.prefix { $0 != "=" })
            throw ValidationError("there is no option \(name)" + (nearest(to: name, in: options).map { "; did you mean \($0)?" } ?? "; --help lists them"))
        }
        if words.isEmpty, kill == nil, status == nil, !explainConf { throw ValidationError("give a program or a package folder") }
    }

    private static let optionNames = [
        "--master", "--deploy-mode", "--secret-file", "--supervise", "--wait", "--name", "--files", "--archives", "--product",
        "--executor-memory", "--executor-cores", "--total-executor-cores", "--num-executors", "--driver-memory", "--driver-cores",
        "--conf", "--properties-file", "--verbose", "--explain-conf", "--kill", "--status", "--help", "--version",
    ]

    func run() throws {
        if let kill { return try Kill.kill(kill, place.session(settings())) }
        if let status {
            let overview = try place.session(settings()).overview
            return StatusText(overview, try overview.status.only(status)).print(withMaster: false)
        }
        var settings = try settings()
        if explainConf { return print(settings.explanation) }
        let isCluster = try SubmitSettings.isCluster(settings)
        let program = try SubmittedProgram(words, product: content.product, says: verbose)
        if verbose { note("settings\n\(settings.explanation)") }
        if isCluster {
            let url = try place.url(settings)
            let submission = try ClusterSubmission(program, settings, url, secret: clusterSecret(place.secretFile).secret, verbose: verbose)
            throw ExitCode(try submission.run(waits: place.wait))
        }
        try content.makeAbsolute(&settings)
        try program.replaceThisProcess(settings, secretFile: place.secretFile)
    }

    /// All settings, each from the strongest source that has it.
    private func settings() throws -> SubmitSettings {
        var settings = SubmitSettings()
        for (name, value) in SubmitSettings.defaults { try settings.set(name, value, from: "default") }
        for (name, key) in SubmitSettings.variables {
            if let value = variable(name) { try settings.set(key, value, from: "environment variable \(name)") }
        }
        if let folder = variable("MARTLET_CONF_DIR"), let text = try readText(folder + "/martlet-defaults.conf") {
            try settings.read(text, from: folder + "/martlet-defaults.conf")
        }
        if let propertiesFile {
            guard let text = try readText(propertiesFile) else { throw CommandFailure("there is no file \(propertiesFile)") }
            try settings.read(text, from: propertiesFile)
        }
        for assignment in conf {
            guard let equals = assignment.firstIndex(of: "=") else { throw CommandFailure("--conf: \(SettingsError.missingEquals(given: assignment))") }
            try settings.set(String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]), from: "--conf")
        }
        try place.apply(&settings)
        try content.apply(&settings)
        try sizes.apply(&settings)
        return settings
    }
}
