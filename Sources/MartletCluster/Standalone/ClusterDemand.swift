import Glibc
import MartletClusterState
package import MartletCore

/// What an application asks of a cluster, by its settings.
package struct ClusterDemand: Sendable {
    let name: String
    let memoryBytes: Int
    let coresMax, coresPerExecutor, instances: Int?
    let weight: Int
    let files, archives: [String]

    /// - Units: bytes; where the setting says nothing.
    package static let defaultMemoryBytes = 1 << 30

    package init(_ settings: Settings) {
        name = settings[.appName]
        memoryBytes = settings[.executorMemory] ?? Self.defaultMemoryBytes
        (coresMax, coresPerExecutor) = (settings[.coresMax], settings[.executorCores])
        (files, archives) = (settings[.files], settings[.archives])
        (instances, weight) = (settings[.executorInstances], settings[.clusterWeight])
    }

    func description(at address: ClusterAddress, _ program: ProgramLaunch) -> ApplicationDescription {
        var description = ApplicationDescription(
            name: name, user: unsafe getenv("USER").map { unsafe String(cString: $0) } ?? "\(getuid())", address: address,
            coresMax: coresMax, coresPerExecutor: coresPerExecutor, memoryPerExecutorBytes: memoryBytes, executorLimit: instances,
            weight: weight)
        description.program = program
        return description
    }
}

/// The name of this program's file.
var ownName: String { CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "program" }
