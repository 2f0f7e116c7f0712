import Glibc
import MartletNetwork

/// Connects to a port, echoes requests, and ends with the connection, whose end it prints.
final class Echo: NetworkHandler {
    func connected(_ connection: any NetworkConnection) {}
    func received(_ message: [UInt8], on connection: any NetworkConnection) {}

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) { answer.send(body) }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        print(reason.map { "\($0)" } ?? "closed")
        exit(0)
    }
}

guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else { exit(2) }
let network = Network()
do throws(NetworkError) {
    _ = try network.connect(
        to: NetworkAddress(host: "127.0.0.1", port: port), NetworkOptions(identity: "\(getpid())", security: .none),
        handler: Echo())
} catch {
    print(error)
    exit(1)
}
while true { pause() }
