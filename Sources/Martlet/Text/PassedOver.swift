import MartletCore
import MartletDriver
public import MartletFiles
import Synchronization

/// The files that an application has passed over; `told` has the files that were already reported.
final class PassedOver: Sendable {
    /// How unreadable files are handled.
    let files: UnreadableFiles
    private let found = Accumulator(PassedOverFiles(), name: nil)
    private let told = Mutex<Set<PassedOverFile>>([])

    /// - Returns: nil where the settings pass over nothing.
    init?(_ settings: Settings) {
        let (missing, corrupt) = (settings[.ignoresMissingFiles], settings[.ignoresCorruptFiles])
        guard missing || corrupt else { return nil }
        files = UnreadableFiles(passesOverMissing: missing, passesOverCorrupt: corrupt) { [found] in found.add($0) }
    }

    /// Each once, by path.
    var list: [PassedOverFile] { found.value.sorted { $0.path < $1.path } }

    /// The report of files that were not reported yet; nil if there are none.
    func takeNews() -> String? {
        let list = list
        let news = told.withLock { told in list.filter { told.insert($0).inserted } }
        guard let first = news.first else { return nil }
        let others = news.count == 1 ? "" : " (and \(news.count - 1) more: see context.passedOverFiles)"
        return "passed over \(first.reason)\(others)"
    }
}

/// Each file once.
struct PassedOverFiles: AccumulatorState {
    private(set) var value: [PassedOverFile] = []
    private var known: Set<PassedOverFile> = []

    mutating func add(_ file: PassedOverFile) {
        if known.insert(file).inserted { value.append(file) }
    }

    mutating func merge(_ other: PassedOverFiles) {
        for file in other.value { add(file) }
    }
}

extension MartletContext {
    /// The input files that were not read, or not to their end, since `martlet.files.ignoreMissingFiles` or
    /// `martlet.files.ignoreCorruptFiles` is set; each once, by path. A file that a task passes over is listed when the
    /// task has ended, and reported once on standard error.
    ///
    ///     var settings = Settings()
    ///     settings[.ignoresMissingFiles] = true
    ///     let lenient = try MartletContext(master: "local", settings: settings)
    ///     try await lenient.textFile("no such file").count()   // 0
    ///     lenient.passedOverFiles.map { $0.isMissing }   // [true]
    public var passedOverFiles: [PassedOverFile] { passedOver?.list ?? [] }

    /// How unreadable files are handled.
    var unreadableFiles: UnreadableFiles { passedOver?.files ?? .fail }

    /// Reports the files that were passed over since the last report.
    func tellPassedOver() {
        if let news = passedOver?.takeNews() { driver.writeWarning(news) }
    }
}
