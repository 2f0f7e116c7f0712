import Foundation
import Martlet

/// The jobs of the comparison, through the public API.
@main
struct Jobs: MartletApp {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "Runs one job of the comparison and prints RESULT lines.")

    @Argument(help: "wordcount, grep, terasort, terasort-spill, groupby, groupbykey, join, pagerank, kmeans, logreg, pipeline, scan, scan-arrays, smalltasks, latency, startup")
    var job: String

    func run(_ context: MartletContext) async throws {
        let report = Report(job: job)
        switch job {
        case "wordcount": try await wordCount(context, report)
        case "grep": try await grep(context, report)
        case "terasort", "terasort-spill": try await teraSort(context, report)
        case "groupby": try await groupBy(context, report)
        case "groupbykey": try await groupByKey(context, report)
        case "join": try await join(context, report)
        case "pagerank": try await pageRank(context, report)
        case "kmeans": try await kMeans(context, report)
        case "logreg": try await logisticRegression(context, report)
        case "pipeline": try await pipeline(context, report)
        case "scan": try await scan(context, report)
        case "scan-arrays": try await scanArrays(context, report)
        case "smalltasks": try await smallTasks(context, report)
        case "latency": try await latency(context, report)
        case "startup": try await startUp(context, report)
        default: throw ValidationError("unknown job \(job)")
        }
    }
}
