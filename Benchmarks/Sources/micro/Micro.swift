import Foundation
import Martlet

/// Every operator's kernel against the loop that one would write by hand, in one run on one thread.
@main
struct Micro: MartletApp {
    static let configuration = CommandConfiguration(
        commandName: "micro", abstract: "Measures operators against hand-written loops; run with --master 'local[1]'.")

    @Flag(help: .hidden) var firstResult = false
    @Option(help: "Elements of the narrow operators.") var elements = 20_000_000
    @Option(help: "One group of operators.") var only: Group?

    enum Group: String, ExpressibleByArgument, CaseIterable {
        case narrow, together, captures, folds, reductions, pairs, keyed, ordered, actions, sampling, jobs, text, files
        case scheduling, listening, pages, values, spilling, storage, trees, executors, exchange, losing
    }

    func run(_ context: MartletContext) async throws {
        if firstResult { return print(try await context.parallelize([1, 2]).count()) }
        let table = Table()
        for group in Group.allCases where only == nil || only == group { try await measure(group, context, table) }
    }

    private func measure(_ group: Group, _ context: MartletContext, _ table: Table) async throws {
        switch group {
        case .narrow: try await narrow(context, elements, table)
        case .together: try await together(context, elements, table)
        case .captures: try await captures(context, elements, table)
        case .folds: try await folds(context, elements, table)
        case .reductions: try await reductions(context, elements, table)
        case .pairs: try await pairs(context, elements / 10, table)
        case .keyed: try await keyed(context, elements / 10, table)
        case .ordered: try await ordered(context, elements / 10, table)
        case .actions: try await actions(context, elements, table)
        case .sampling: try await sampling(context, elements / 4, table)
        case .jobs: try await jobs(context, elements / 10, table)
        case .text: try await text(context, table)
        case .files: try await files(context, elements / 20, table)
        case .scheduling: try await scheduling(context, table)
        case .listening: try await listening(context, table)
        case .pages: try pages()
        case .values: try values(table)
        case .spilling: try await spilling(context, elements / 10, table)
        case .storage: try await storage(context, elements / 10, table)
        case .trees: try await trees(context.settings, table)
        case .executors: try await executors(context.settings, table)
        case .exchange: try await exchange(context.settings, elements, table)
        case .losing: try await losing(context.settings, elements / 5, table)
        }
    }
}
