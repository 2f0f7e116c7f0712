import ArgumentParser
import MartletClusterState

/// Where a program runs.
struct PlaceOptions: ParsableArguments {
    @Option(help: "martlet://a:7077,b:7077, or local, local[4], local[*], local[4,3], local-cluster[2,1,1024].") var master: String?
    @Option(help: "Where the driver runs: client, in this process; or cluster, on a worker.") var deployMode: String?
    @Option(help: "The file with the cluster's secret.") var secretFile: String?
    @Flag(help: "In cluster mode: start the driver again when it fails, or its worker is lost.") var supervise = false
    @Flag(help: "In cluster mode: wait for the driver's end, and end with its exit code.") var wait = false

    func apply(_ settings: inout SubmitSettings) throws {
        if let master { try settings.set("martlet.master", master, from: "--master") }
        if let deployMode { try settings.set("martlet.submit.deployMode", deployMode, from: "--deploy-mode") }
        if supervise { try settings.set("martlet.driver.supervise", "true", from: "--supervise") }
    }

    func url(_ settings: SubmitSettings) throws -> ClusterURL {
        let text = settings["martlet.master"]
        guard let url = ClusterURL(argument: text) else {
            throw CommandFailure("'\(text)' is no cluster; give --master martlet://host:7077")
        }
        return url
    }

    func session(_ settings: SubmitSettings) throws -> ClusterSession {
        try ClusterSession(url(settings), secret: clusterSecret(secretFile).secret)
    }
}

/// What goes with a program.
struct ContentOptions: ParsableArguments {
    @Option(help: "The application's name.") var name: String?
    @Option(help: "Files that tasks find, with commas between.") var files: String?
    @Option(help: "Archives that are unpacked for tasks, with commas between.") var archives: String?
    @Option(help: "Of a package with several executables: which.") var product: String?

    func apply(_ settings: inout SubmitSettings) throws {
        if let name { try settings.set("martlet.app.name", name, from: "--name") }
        if let files { try settings.set("martlet.files", files, from: "--files") }
        if let archives { try settings.set("martlet.archives", archives, from: "--archives") }
    }

    /// The program may change its folder.
    func makeAbsolute(_ settings: inout SubmitSettings) throws {
        for name in ["martlet.files", "martlet.archives"] {
            guard let entry = settings.entries[name] else { continue }
            let paths = entry.value.split(separator: ",").map { absolutePath(String($0)) }
            try settings.set(name, paths.joined(separator: ","), from: entry.source)
        }
    }
}

/// The sizes of driver and executors.
struct SizeOptions: ParsableArguments {
    @Option(help: "Memory of each executor, such as 2g.") var executorMemory: String?
    @Option(help: "Cores of each executor. Without it: one executor on each worker, with all cores that it gets there.") var executorCores: String?
    @Option(help: "The most cores of all executors together.") var totalExecutorCores: String?
    @Option(help: "How many executors at most.") var numExecutors: String?
    @Option(help: "In cluster mode: memory of the driver (1g).") var driverMemory: String?
    @Option(help: "In cluster mode: cores of the driver (1).") var driverCores: String?

    func apply(_ settings: inout SubmitSettings) throws {
        let given = [
            ("--executor-memory", "martlet.executor.memory", executorMemory), ("--executor-cores", "martlet.executor.cores", executorCores),
            ("--total-executor-cores", "martlet.cores.max", totalExecutorCores), ("--num-executors", "martlet.executor.instances", numExecutors),
            ("--driver-memory", "martlet.driver.memory", driverMemory), ("--driver-cores", "martlet.driver.cores", driverCores),
        ]
        for (option, name, value) in given {
            guard let value else { continue }
            let isSize = option.hasSuffix("memory")
            guard isSize ? ByteCount(argument: value) != nil : Int(value).map({ $0 > 0 }) ?? false else {
                throw CommandFailure("\(option) is '\(value)'; give \(isSize ? "a size such as 2g" : "a number of at least 1")")
            }
            try settings.set(name, value, from: option)
        }
    }
}

extension SubmitSettings {
    /// Whether a worker runs the driver.
    static func isCluster(_ settings: SubmitSettings) throws -> Bool {
        let mode = settings["martlet.submit.deployMode"]
        guard ["client", "cluster"].contains(mode) else { throw CommandFailure("the deploy mode is '\(mode)'; give client or cluster") }
        if mode == "cluster", !settings["martlet.master"].hasPrefix(ClusterURL.scheme) {
            throw CommandFailure("cluster mode needs a cluster, and the master is \(settings["martlet.master"]); give --master martlet://host:7077")
        }
        return mode == "cluster"
    }
}
