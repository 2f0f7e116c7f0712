/// Why an output of a map task cannot be read.
///
///     func isOfTheNetwork(_ loss: MapOutputLoss) -> Bool { loss.fault == MapOutputLoss.Fault.network }
public struct MapOutputLoss: Hashable, Sendable {
    /// The map task.
    public let map: Int
    /// Where the fault lies.
    public let fault: Fault
    /// The executor that held the output; nil for threads of the driver's own process.
    public private(set) var executor: ExecutorID?
    /// The file; nil where no single file is at fault.
    public let path: String?
    /// What happened, for people.
    public let reason: String

    /// The part that has failed.
    ///
    ///     MapOutputLoss.Fault.network.rawValue   // "network"
    public enum Fault: String, Hashable, Sendable {
        /// The file is gone, damaged, or cannot be read.
        case disk
        /// Bytes do not arrive, or are damaged on the way.
        case network
        /// The process that held the output has ended.
        case executor
    }

    package init(map: Int, _ fault: Fault, executor: ExecutorID?, path: String?, reason: String) {
        (self.map, self.fault, self.executor, self.path, self.reason) = (map, fault, executor, path, reason)
    }

    /// The same, held by an executor that the reader could not know.
    package func held(by holder: ExecutorID?) -> MapOutputLoss {
        var loss = self
        loss.executor = executor ?? holder
        return loss
    }
}

extension MapOutputLoss: CustomStringConvertible {
    /// `the output of map task 3, held by executor 2 in /tmp/..., is lost (disk): ...`
    public var description: String {
        let holder = executor.map { ", held by executor \($0)" } ?? ""
        let place = path.map { executor == nil ? ", in \($0)," : " in \($0)," } ?? (executor == nil ? "" : ",")
        return "the output of map task \(map)\(holder)\(place) is lost (\(fault.rawValue)): \(reason)"
    }
}
