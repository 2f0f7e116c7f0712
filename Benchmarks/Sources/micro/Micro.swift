import Foundation
import Martlet

/// Every operator's kernel against the loop that one would write by hand, in one run on one thread.
@main
struct Micro: MartletApp {
    static let configuration = CommandConfiguration(
        commandName: "micro", abstract: "Measures operators against hand-written loops; run with --master 'local[1]'.")

    @Flag(help: .hidden) var firstResult = false
    @Option(help: "Elements of the narrow operators.") var elements = 20_000_000

    @Option(help: "One group: narrow, together, captures, reductions, pairs, actions, text, scheduling.")
    var only: String?

    func run(_ context: MartletContext) async throws {
        if firstResult { return print(try await context.parallelize([1, 2]).count()) }
        let table = Table()
        func group(_ name: String, _ body: () async throws -> Void) async throws {
            if only == nil || only == name { try await body() }
        }
        try await group("narrow") { try await narrow(context, elements, table) }
        try await group("together") { try await together(context, elements, table) }
        try await group("captures") { try await captures(context, elements, table) }
        try await group("reductions") { try await reductions(context, elements, table) }
        try await group("pairs") { try await pairs(context, elements / 10, table) }
        try await group("actions") { try await actions(context, elements, table) }
        try await group("text") { try await text(context, table) }
        try await group("scheduling") { try await scheduling(context, table) }
    }
}
