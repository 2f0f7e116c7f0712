import Glibc
import Martlet
import TestSupport
import Testing

/// Makes a context from a master and settings in the form that users write.
func makeContext(_ master: String = "local[2]", _ settings: String...) throws -> MartletContext {
    try makeContext(master, settings)
}

func makeContext(_ master: String, _ settings: [String]) throws -> MartletContext {
    // The tests observe their functions through captured objects, which other processes could not share.
    let ours = ["martlet.ui.progress=off", "martlet.local.dir=\(memoryDirectory)", "martlet.portable.check=false"]
    guard let testMaster else { return try MartletContext(master: master, settings: Settings(parsing: ours + settings)) }
    // The number of attempts in `local[2,3]`.
    let attempts = master.split(separator: ",").dropFirst().first.map { $0.prefix { $0.isNumber } } ?? "1"
    return try MartletContext(
        master: testMaster, settings: Settings(parsing: ours + ["martlet.task.maxFailures=\(attempts)"] + settings))
}

/// Replaces the masters that tests request, as in `MARTLET_TEST_MASTER='local-cluster[2,1,1024]' swift test`.
let testMaster: String? = getenv("MARTLET_TEST_MASTER").map { String(cString: $0) }

extension Trait where Self == ConditionTrait {
    /// The test inspects the process that runs its tasks, or is about threads.
    static var localOnly: Self { .disabled(if: testMaster != nil, "local only") }
}

extension Collection where Self: Sendable, Element: Sendable {
    /// Every `step`th case of a test where it runs on executors, which takes ten times as long; all with `MARTLET_NIGHTLY`.
    func share(_ step: Int = 4) -> [Element] {
        let takesAll = testMaster == nil || getenv("MARTLET_NIGHTLY") != nil
        return takesAll ? Array(self) : enumerated().filter { $0.offset % step == 0 }.map(\.element)
    }
}
