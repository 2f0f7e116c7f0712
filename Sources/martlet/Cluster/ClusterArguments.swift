import ArgumentParser

/// The options of commands that ask a cluster for something.
struct ClusterArguments: ParsableArguments {
    @Option(help: "The masters, as in martlet://a:7077,b:7077. Without it: MARTLET_MASTER, or martlet://localhost:7077.")
    var master: ClusterURL?

    @Option(help: "The file with the cluster's secret. Without it: MARTLET_SECRET_FILE, or .martlet/secret in the home directory.")
    var secretFile: String?

    func session() throws -> ClusterSession {
        try ClusterSession(url(), secret: clusterSecret(secretFile).secret)
    }

    private func url() throws -> ClusterURL {
        if let master { return master }
        guard let text = variable("MARTLET_MASTER") else { return ClusterURL(argument: "martlet://localhost:7077")! }
        guard let url = ClusterURL(argument: text) else {
            throw CommandFailure("MARTLET_MASTER is '\(text)', and no cluster; give --master martlet://host:7077")
        }
        return url
    }
}
