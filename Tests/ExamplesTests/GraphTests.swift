import MartletStatistics
import Testing

/// Examples that rank the nodes of a graph, against a loop over its links.
@Suite struct GraphTests {
    @Test func ranksNodes() throws {
        var dice = SeededGenerator(seed: 2)
        var links: [String: [String]] = [:]
        var lines = ["# from to"]
        for _ in 0..<300 {
            let (from, to) = ("n\(Int.random(in: 0...60, using: &dice))", "n\(Int.random(in: 20...80, using: &dice))")
            links[from, default: []].append(to)
            lines.append("\(from) \(to)")
        }
        let folder = try Folder()
        let outcome = try Example(name: "PageRank").run(
            try folder.write("links.txt", lines), "--iterations", "7", "--top", "1000")
        try expect(outcome, links, iterations: 7, within: 0.0001)
    }

    @Test func ranksPackages() throws {
        let folder = try Folder()
        _ = try folder.write(
            "deb_dists_main_Packages",
            [
                "Package: bird", "Version: 2.0", "Depends: wing (>= 1.0), libc:any (>= 2), beak | bill", "",
                "Package: wing", "Pre-Depends: libc", "Depends: feather (= 3), feather (<< 4)", "Description: flies",
                " Depends: is not a field here", "", "Package: libc", "",
            ])
        _ = try folder.write(
            "deb_dists_security_Packages", ["Package: bird", "Depends: wing, libc, crumbs", "", "Package: beak", ""])
        _ = try folder.write("deb_dists_InRelease", ["Package: none", "Depends: libc"])
        let links = ["bird": ["wing", "libc", "beak", "bill", "crumbs"], "wing": ["libc", "feather"]]
        let outcome = try Example(name: "DebianPackages").run("--lists", folder.path(""), "--top", "3")
        #expect(outcome.rows.count == 3)
        try expect(outcome, links, iterations: 10, within: 0.005)
    }

    @Test func asksForPackageLists() throws {
        let folder = try Folder()
        let outcome = try Example(name: "DebianPackages").run("--lists", folder.path(""))
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("there are no package lists in "))
        #expect(outcome.errors.contains("run apt-get update"))
    }

    /// The rows of rank and node are the highest ranks, highest first.
    private func expect(
        _ outcome: Example.Outcome, _ links: [String: [String]], iterations: Int, within tolerance: Double
    ) throws {
        #expect(outcome.status == 0, "\(outcome.errors)")
        let ranks = Self.ranks(links, iterations: iterations)
        let highest = ranks.values.sorted(by: >).prefix(outcome.rows.count)
        #expect(!outcome.rows.isEmpty && highest.count == min(outcome.rows.count, ranks.count))
        for (row, rank) in zip(outcome.rows, highest) {
            let found = try #require(Double(row[0]))
            #expect(abs(found - rank) <= tolerance, "\(row)")
            #expect(abs(found - (ranks[row[1]] ?? -1)) <= tolerance, "\(row)")
        }
    }

    private static func ranks(_ links: [String: [String]], iterations: Int) -> [String: Double] {
        let nodes = Set(links.keys).union(links.values.joined())
        var ranks = Dictionary(uniqueKeysWithValues: nodes.map { ($0, 1.0) })
        for _ in 0..<iterations {
            var next = Dictionary(uniqueKeysWithValues: nodes.map { ($0, 0.15) })
            for (node, targets) in links {
                for target in targets { next[target]! += 0.85 * ranks[node]! / Double(targets.count) }
            }
            ranks = next
        }
        return ranks
    }
}
