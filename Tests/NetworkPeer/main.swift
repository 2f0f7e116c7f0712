import Glibc
import MartletNetwork

// `network-peer PORT` connects to a port, echoes requests, and ends with the connection, whose end it prints.
// `network-peer listen [SECRET]` prints its port and its process, and echoes requests until it is killed.

final class Echo: NetworkHandler {
    private let endsWithConnection: Bool

    init(endsWithConnection: Bool) { self.endsWithConnection = endsWithConnection }

    func connected(_ connection: any NetworkConnection) {}
    func received(_ message: [UInt8], on connection: any NetworkConnection) {}

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) { answer.send(body) }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        guard endsWithConnection else { return }
        print(reason.map { "\($0)" } ?? "closed")
        exit(0)
    }
}

let network = Network()
let arguments = CommandLine.arguments.dropFirst()
do throws(NetworkError) {
    if arguments.first == "listen" {
        let security = arguments.count > 1 ? NetworkSecurity.sharedSecret(arguments.last ?? "") : .none
        let listener = try network.listen(
            on: NetworkAddress(host: "127.0.0.1", port: 0), NetworkOptions(identity: "server", security: security)
        ) { Echo(endsWithConnection: false) }
        print("\(listener.address.port) \(getpid())")
        fflush(nil)
    } else {
        guard arguments.count == 1, let port = arguments.first.flatMap({ Int($0) }) else { exit(2) }
        _ = try network.connect(
            to: NetworkAddress(host: "127.0.0.1", port: port), NetworkOptions(identity: "\(getpid())", security: .none),
            handler: Echo(endsWithConnection: true))
    }
} catch {
    print(error)
    exit(1)
}
while true { pause() }
