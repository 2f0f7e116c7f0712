import ArgumentParser
import Glibc
import MartletCore

/// An application: a command with arguments of its own, the options that every Martlet application has, and a context.
///
///     @main struct WordCount: MartletApp {
///         @Argument(help: "Text file, directory or glob.") var input: String
///
///         func run(_ context: MartletContext) async throws {
///             let counts = context.textFile(input).flatMap { $0.words() }.map { ($0, 1) }.reduceByKey(+)
///             for (word, count) in try await counts.top(10, by: { $0.1 < $1.1 }) { print(word, count) }
///         }
///     }
///
/// `--master`, `--name` and `--conf` are added to the command. Settings come from outside (`Settings.submitted`), then from
/// `--conf`, then from `--name`; later ones win.
/// A plain program that makes a `MartletContext` works as well.
public protocol MartletApp: ParsableArguments, SendableMetatype {
    /// The command's name, abstract and discussion, for `--help`.
    static var configuration: CommandConfiguration { get }

    /// The application's work. The context is stopped when it returns or throws.
    ///
    ///     struct Sum: MartletApp {
    ///         @Option(help: "How far to count.") var limit = 10
    ///
    ///         func run(_ context: MartletContext) async throws {
    ///             print(try await context.range(0..<limit).sum())
    ///         }
    ///     }
    func run(_ context: MartletContext) async throws
}

extension MartletApp {
    /// The type's name, and nothing else.
    public static var configuration: CommandConfiguration { CommandConfiguration() }

    /// Ends the process: the C function, which a command's own `exit(withError:)` would hide in `run`.
    ///
    ///     struct Check: MartletApp {
    ///         func run(_ context: MartletContext) async throws {
    ///             if try await context.textFile("words.txt").isEmpty() { exit(1) }
    ///         }
    ///     }
    public func exit(_ status: Int32) -> Never { Glibc.exit(status) }

    /// Parses the command line, runs the application, and ends the process with an error's text if it fails.
    public static func main() async { await Launcher<Self>.main() }
}

/// The options that every application has.
struct MartletOptions: ParsableArguments {
    @Option(
        help: """
            Where tasks run: local, local[4], local[*], local[4,3] (with three attempts for each task),
            local-cluster[2,1,1024] (on two processes of one slot and 1024 MiB each), or martlet://HOST:7077 (on a cluster).
            Without it: what martlet submit or MARTLET_MASTER says, else local[*].
            """)
    var master: String?

    @Option(help: "The application's name.")
    var name: String?

    @Option(help: ArgumentHelp("A setting.", discussion: Self.settingsText, valueName: "key=value"))
    var conf: [String] = []

    private static var settingsText: String {
        Settings.documentation.map { "\($0.name) (\($0.default)): \($0.summary)" }.joined(separator: "\n")
    }

    /// The settings from outside, and then those of the command line.
    func settings(for app: String) throws -> Settings {
        var defaults = Settings()
        try defaults.set(SettingKey<String>.appName.name, to: app)
        var settings = try Settings.submitted(over: defaults)
        try settings.apply(conf)
        if let name { try settings.set(SettingKey<String>.appName.name, to: name) }
        return settings
    }
}

/// The command of an application: its own arguments, and the options that every application has.
struct Launcher<App: MartletApp>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        var configuration = App.configuration
        if configuration.commandName == nil { configuration.commandName = "\(App.self)" }
        return configuration
    }

    @OptionGroup var app: App
    @OptionGroup(title: "Martlet options") var options: MartletOptions

    func run() async throws {
        let settings = try options.settings(for: "\(App.self)")
        let context = try MartletContext(master: options.master, settings: settings)
        defer { context.stop() }
        try await ProgressLine(context).whileShown { try await app.run(context) }
    }
}
