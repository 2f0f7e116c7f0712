package import MartletCore

/// A text that names one thing of a cluster. Nobody reads facts out of it; it is made to be recognised by people.
package protocol ClusterIdentifier: RawRepresentable<String>, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    init(_ rawValue: String)
}

extension ClusterIdentifier {
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    package var description: String { rawValue }
}

/// `app-20261128045129-0007`
package struct ApplicationID: ClusterIdentifier {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package init(rawValue: String) { self.rawValue = rawValue }

    /// - Parameter date: `yyyyMMddHHmmss`
    package init(date: String, number: Int) { self.init("app-\(date)-\(fourDigits(number))") }
}

/// `driver-20261128045129-0007`: a driver that runs in the cluster. It keeps its id when it is launched again.
package struct DriverID: ClusterIdentifier {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package init(rawValue: String) { self.rawValue = rawValue }

    /// - Parameter date: `yyyyMMddHHmmss`
    package init(date: String, number: Int) { self.init("driver-\(date)-\(fourDigits(number))") }
}

/// `worker-20261128045129-host-port`: a worker process. One that is started again has another id.
package struct WorkerID: ClusterIdentifier {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package init(rawValue: String) { self.rawValue = rawValue }

    /// - Parameter date: `yyyyMMddHHmmss`
    package init(date: String, host: String, port: Int) { self.init("worker-\(date)-\(host)-\(port)") }
}

/// Four digits, or more if the number needs them.
private func fourDigits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 4 - text.count)) + text
}

/// What a worker runs a process for.
package enum WorkID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// An executor. Executors are numbered in their application, and no number is used twice.
    case executor(ApplicationID, ExecutorID)

    /// A driver. Each launch by the master has a larger number; restarts by the same worker keep it.
    case driver(DriverID, launch: Int)

    /// The application of an executor.
    package var application: ApplicationID? { if case .executor(let application, _) = self { application } else { nil } }

    package var description: String {
        switch self {
        case .executor(let application, let executor): "executor \(executor) of \(application)"
        case .driver(let driver, let launch): launch == 1 ? "\(driver)" : "\(driver), launch \(launch)"
        }
    }
}

/// The order of a master to start something. Orders of a master that became leader later are larger, so that a worker tells new
/// orders from late and repeated ones.
package struct LaunchNumber: Hashable, Comparable, Sendable, Codable {
    /// Counts the times that some master became the leader.
    package let term: Int
    package let number: Int

    package init(term: Int, number: Int) { (self.term, self.number) = (term, number) }

    /// Before all orders.
    package static let none = LaunchNumber(term: 0, number: 0)

    package static func < (left: Self, right: Self) -> Bool { (left.term, left.number) < (right.term, right.number) }
}

/// Where a daemon or a driver listens.
package struct ClusterAddress: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    package static func < (left: Self, right: Self) -> Bool { (left.host, left.port) < (right.host, right.port) }
    package var description: String { "\(host):\(port)" }
}
