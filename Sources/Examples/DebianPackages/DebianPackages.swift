import ExampleData
import Foundation
import Martlet

/// Ranks the packages of the distribution by the packages that depend on them: PageRank over real data.
@main struct DebianPackages: MartletApp {
    static let configuration = CommandConfiguration(
        abstract: "Prints the packages that the Debian distribution depends on most.")

    @Option(help: "The folder of apt's package lists, plain or compressed.")
    var lists = "/var/lib/apt/lists"

    @Option(help: "How often ranks are passed on.")
    var iterations = 10

    @Option(help: "How many packages to print.")
    var top = 20

    func run(_ context: MartletContext) async throws {
        // Several lines describe a package, and an empty line ends its description.
        let dependencies = context.textFile(try packageLists().joined(separator: ","), delimiter: "\n\n")
            .compactMap { Package($0) }
            .map { ($0.name, $0.needed) }
            .reduceByKey { $0.union($1) }
            .cache()

        var ranks = dependencies.mapValues { _ in 1.0 }
        for _ in 0..<iterations {
            ranks = dependencies.join(ranks)
                .flatMap { (package, linked) -> [(String, Double)] in
                    let (needed, rank) = linked
                    return [(package, 0)] + needed.map { ($0, rank / Double(needed.count)) }
                }
                .reduceByKey(+)
                .mapValues { 0.15 + 0.85 * $0 }
        }
        for (package, rank) in try await ranks.top(top, by: { ($0.1, $1.0) < ($1.1, $0.0) }) {
            print(rank.rounded(decimals: 2), package, separator: "\t")
        }
    }

    private func packageLists() throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: lists)) ?? []
        let found = names.filter { name in ["", ".lz4", ".gz", ".zst"].contains { name.hasSuffix("_Packages" + $0) } }
        guard !found.isEmpty else {
            throw ValidationError("there are no package lists in \(lists): run apt-get update, or name a folder with --lists")
        }
        return found.sorted().map { lists + "/" + $0 }
    }
}
