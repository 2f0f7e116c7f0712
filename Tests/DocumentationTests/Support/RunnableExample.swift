import Martlet
import Testing

/// An example of the documentation, as code that runs.
struct RunnableExample: Sendable, CustomTestStringConvertible {
    private let file: String
    private let line: Int
    private let body: @Sendable (MartletContext, ExampleRun) async throws -> Void

    init(
        _ file: String, _ line: Int, _ body: @escaping @Sendable (MartletContext, ExampleRun) async throws -> Void
    ) {
        self.file = file
        self.line = line
        self.body = body
    }

    var testDescription: String { "line \(line)" }

    /// Runs the example in a context of its own.
    func run() async {
        let run = ExampleRun(file: file)
        do {
            var settings = Settings()
            settings[.progress] = .off
            let context = try MartletContext(master: "local[2]", settings: settings)
            defer { context.stop() }
            try await body(context, run)
        } catch {
            Issue.record("the example throws: \(error)", sourceLocation: run.location(line))
        }
    }
}
