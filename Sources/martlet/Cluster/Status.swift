import ArgumentParser
import Foundation
import MartletClusterClient
import MartletClusterState
import MartletDaemon

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a cluster: its workers, applications and drivers, and why something waits.")

    @Argument(help: "Only this application, driver or worker.") var id: String?
    @OptionGroup var cluster: ClusterArguments
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let overview = try cluster.session().overview
        let status = try overview.status.only(id)
        if json {
            var shown = overview
            shown.status = status
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(shown), as: UTF8.self))
        } else {
            StatusText(overview, status).print(withMaster: id == nil)
        }
    }
}

extension ClusterStatus {
    /// What belongs to one id; all of it for nil.
    func only(_ id: String?) throws -> ClusterStatus {
        guard let id else { return self }
        var status = self
        status.workers.removeAll { $0.description.id.rawValue != id }
        status.applications.removeAll { $0.id.rawValue != id }
        status.drivers.removeAll { $0.id.rawValue != id }
        status.lostWorkers = lostWorkers.filter { $0.key.rawValue == id }
        guard status.workers.isEmpty, status.applications.isEmpty, status.drivers.isEmpty, status.lostWorkers.isEmpty else { return status }
        throw CommandFailure("the master does not know \(id), or has forgotten it; martlet status lists what it knows")
    }
}

/// A cluster as text.
struct StatusText {
    private let overview: ClusterOverview
    private let status: ClusterStatus

    init(_ overview: ClusterOverview, _ status: ClusterStatus) { (self.overview, self.status) = (overview, status) }

    func print(withMaster: Bool) {
        if withMaster {
            Swift.print("master \(overview.address) \(overview.phase), martlet \(overview.version)")
            if status.workers.isEmpty { Swift.print("\nno workers; sbin/start-worker starts one") }
        }
        table(
            "worker", ["state", "cores", "memory", "runs"],
            status.workers.map { worker in
                let (all, used) = (worker.description.resources, worker.used)
                return [
                    worker.description.id.rawValue, word(worker.phase), "\(used.cores)/\(all.cores)",
                    "\(memory(used.memoryBytes))/\(memory(all.memoryBytes))", "\(worker.work.count)",
                ]
            })
        table(
            "lost worker", ["reason"],
            status.lostWorkers.sorted { $0.key < $1.key }.map { [$0.key.rawValue, shownText($0.value)] })
        table(
            "application", ["state", "name", "user", "cores", "executors", "waits for"],
            status.applications.map { application in
                [
                    application.id.rawValue, word(application.phase), shownText(application.description.name),
                    shownText(application.description.user), "\(application.cores)", "\(application.executors.count)",
                    application.waits.map(\.description) ?? "",
                ]
            })
        table(
            "executor", ["state", "of", "on", "resources"],
            status.applications.flatMap { application in
                application.executors.map { ["\($0.id)", word($0.phase), application.id.rawValue, $0.worker.rawValue, "\($0.resources)"] }
            })
        table(
            "driver", ["state", "worker", "launches", "end or wait"],
            status.drivers.map { driver in
                [
                    driver.id.rawValue, word(driver.phase), driver.worker?.rawValue ?? "", "\(driver.launchCount)",
                    driver.end.map { shownText($0.description) } ?? driver.waits.map(\.description) ?? "",
                ]
            })
    }

    private func word(_ phase: some Any) -> String { "\(phase)".uppercased() }

    /// `1.5g`, `512m`
    private func memory(_ bytes: Int) -> String {
        let tenths = bytes / (1 << 30) * 10 + bytes % (1 << 30) * 10 / (1 << 30)
        return tenths >= 10 ? "\(tenths / 10).\(tenths % 10)g" : "\(bytes / (1 << 20))m"
    }

    /// Columns as wide as their widest field.
    private func table(_ first: String, _ titles: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return }
        let lines = [([first] + titles).map { $0.uppercased() }] + rows
        let widths = titles.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        Swift.print()
        for line in lines {
            var text = ""
            for (column, field) in line.enumerated() {
                text += column < widths.count ? field + String(repeating: " ", count: widths[column] - field.count + 2) : field
            }
            while text.last == " " { text.removeLast() }
            Swift.print(text)
        }
    }
}
