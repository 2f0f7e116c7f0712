// A worker in a process of its own, which a test kills: `lone-worker DIRECTORY LOCAL-DIRECTORY MASTER-PORT`.

import Logging
import MartletClusterClient
import MartletClusterState
import MartletDaemon

let words = CommandLine.arguments
let log = DaemonLog.logger("worker", level: .error, to: try LogWriter(.standardError))
var options = WorkerOptions(
    host: "127.0.0.1", masters: [ClusterAddress(host: "127.0.0.1", port: Int(words[3])!)],
    resources: Resources(cores: 4, memoryBytes: 1 << 30), directory: words[1], secret: nil, log: log)
options.localDirectories = [words[2]]
print(try WorkerDaemon(options).run().reason)
