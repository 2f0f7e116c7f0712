import MartletClusterClient
import MartletClusterState
import MartletCore

// Numbers and names beyond these bounds come from no process that works: sums of them could overflow, and names could not be
// shown. A member that sends one is told so, and cut off.
extension MasterMessage {
    /// Why it is no message of a process that works; nil if it may be one.
    var problem: String? {
        switch self {
        case .registerWorker(let worker, let report):
            worker.problem ?? report.problem
        case .worker(let id, let message):
            named(id.rawValue) ?? message.problem
        case .registerApplication(let application, _):
            application.limitProblem
        case .reconnectApplication(let id, let executors, _):
            named(id.rawValue) ?? firstProblem(executors) { $0.problem }
        case .application(let id, let message):
            named(id.rawValue) ?? message.problem
        case .submitDriver(let driver, _):
            driver.limitProblem
        case .killDriver(let id), .driverStatus(let id):
            named(id.rawValue)
        case .killApplication(let id):
            named(id.rawValue)
        case .decommission(let ids):
            firstProblem(ids) { named($0.rawValue) }
        }
    }
}

/// Bounds of what processes say about themselves.
private enum Bounds {
    static let cores = 1...1_000_000
    static let memory = 1...1 << 50
    static let executors = 0...1 << 30
    static let nameBytes = 300
}

/// A name that files and people can have.
private func named(_ text: String) -> String? {
    let isPlain = text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 && $0 != "/" }
    return isPlain && !text.isEmpty && text.utf8.count <= Bounds.nameBytes && text != "." && text != ".."
        ? nil : "\"\(shownText(text))\" is no name"
}

/// A text for people: it may have blanks.
private func worded(_ text: String) -> String? {
    text.utf8.count <= 1000 ? nil : "a name of \(text.utf8.count) bytes is too long; give at most 1000"
}

private func firstProblem<Element>(_ elements: [Element], _ problem: (Element) -> String?) -> String? {
    elements.lazy.compactMap(problem).first
}

extension ClusterAddress {
    fileprivate var problem: String? {
        named(host) ?? ((1...65_535).contains(port) ? nil : "\(port) is no port")
    }
}

extension Resources {
    fileprivate var limitProblem: String? {
        guard cores <= Bounds.cores.upperBound, memoryBytes <= Bounds.memory.upperBound, cores >= 0, memoryBytes >= 0 else {
            return "it cannot have \(cores) cores and \(memoryBytes) bytes of memory"
        }
        return nil
    }
}

extension ExecutorID {
    fileprivate var problem: String? { Bounds.executors.contains(rawValue) ? nil : "\(rawValue) is no number of an executor" }
}

extension WorkID {
    fileprivate var problem: String? {
        switch self {
        case .executor(let application, let executor): named(application.rawValue) ?? executor.problem
        case .driver(let driver, let launch):
            named(driver.rawValue) ?? ((0...1 << 40).contains(launch) ? nil : "\(launch) is no number of a launch")
        }
    }
}

extension WorkerDescription {
    fileprivate var problem: String? { named(id.rawValue) ?? address.problem ?? resources.limitProblem }
}

extension WorkReport {
    fileprivate var problem: String? {
        if processes.count + ended.count > 100_000 { return "it reports \(processes.count + ended.count) processes" }
        var cores = 0
        for process in processes {
            if let problem = process.launch.work.problem ?? process.launch.resources.limitProblem { return problem }
            cores += process.launch.resources.cores
        }
        if cores > 10 * Bounds.cores.upperBound { return "its processes have \(cores) cores" }
        return firstProblem(ended) { $0.work.problem }
    }
}

extension WorkerMessage {
    fileprivate var problem: String? {
        switch self {
        case .report(let report): report.problem
        case .started(let work): work.problem
        case .ended(let ended): ended.work.problem
        case .leaving: nil
        }
    }
}

extension ApplicationMessage {
    fileprivate var problem: String? {
        switch self {
        case .heartbeat(let executors), .kill(let executors): firstProblem(executors) { $0.problem }
        case .setExecutorLimit(let limit): Bounds.executors.contains(limit) ? nil : "\(limit) is no number of executors"
        case .end: nil
        }
    }
}

extension ProgramLaunch {
    fileprivate var limitProblem: String? {
        let references = [program] + files + archives
        if references.count > 10_000 { return "it has \(references.count) files; give at most 10000" }
        return firstProblem(references) { $0.byteCount >= 0 ? named($0.name.replacing(" ", with: "_")) : "a file of \($0.byteCount) bytes" }
    }
}

extension ApplicationDescription {
    fileprivate var limitProblem: String? {
        for count in [coresMax, coresPerExecutor].compactMap({ $0 }) where count > Bounds.cores.upperBound {
            return "\(count) cores are more than any cluster has"
        }
        if let executorLimit, executorLimit > Bounds.executors.upperBound { return "\(executorLimit) is no number of executors" }
        if memoryPerExecutorBytes > Bounds.memory.upperBound { return "\(memoryPerExecutorBytes) bytes are more than any worker has" }
        return worded(name) ?? worded(user) ?? address.problem
            ?? (program == .none ? nil : program.limitProblem)
    }
}

extension DriverDescription {
    fileprivate var limitProblem: String? {
        if let problem = resources.cores < 1 || resources.memoryBytes < 1 ? nil : resources.limitProblem { return problem }
        return worded(name) ?? (program == .none ? nil : program.limitProblem)
    }
}

/// A text of another process, without what could control a terminal.
package func shownText(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 32 || (127...159).contains($0.value) ? "?" : $0 }))
}
