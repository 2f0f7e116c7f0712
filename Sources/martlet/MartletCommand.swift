import ArgumentParser

/// The command with which clusters are run and used.
@main struct MartletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet", abstract: "Runs a cluster of machines, and programs on it.", version: martletVersion,
        subcommands: [
            Submit.self, Status.self, Kill.self, Logs.self, Decommission.self, Master.self, Worker.self, Version.self,
        ])
}

/// The version of the command, and of the daemons that it runs.
let martletVersion = "0.1.0"

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the version.")

    func run() { print("martlet \(martletVersion)") }
}
