public import MartletPortable
import Synchronization

/// The largest key count of the tables of a shuffle's map tasks, so that the next task's table need not grow from small.
public final class TableSizes: Sendable {
    private let most = Atomic<Int>(0)

    public init() {}

    var largest: Int { most.load(ordering: .relaxed) }

    func add(_ count: Int) { most.max(count, ordering: .relaxed) }
}

/// Each process collects its own sizes.
extension TableSizes: PortableHandle {
    public func form(in session: PortableSession) {}
    public func checkCapture() {}
    public static func make(from form: Void, in session: PortableSession) -> TableSizes { TableSizes() }
}
