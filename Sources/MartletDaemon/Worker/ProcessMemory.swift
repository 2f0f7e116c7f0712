/// The memory of all processes of this machine, as the system tells it.
struct ProcessMemory: Sendable {
    struct Entry: Sendable, Equatable {
        let (pid, parent, group): (Int, Int, Int)

        /// With pages that it shares with others.
        let residentBytes: Int
    }

    private let entries: [Int: Entry]

    init(_ entries: [Entry]) { self.entries = Dictionary(entries.map { ($0.pid, $0) }, uniquingKeysWith: { $1 }) }

    /// Reads `/proc`.
    static func now() -> ProcessMemory {
        ProcessMemory(Folders.names(in: "/proc").compactMap { name in
            guard Int(name) != nil else { return nil }
            return Entry(stat: String(decoding: Folders.firstBytes(of: "/proc/\(name)/stat", count: 1024), as: UTF8.self))
        })
    }

    /// The memory of a process's group and of all that it has started.
    ///
    /// - Parameter limit: only from there on, shared pages are told apart, which takes the system longer.
    func bytes(ofGroup group: Int, atLeast limit: Int) -> Int {
        let members = entries.values.filter { belongs($0, to: group) }
        let resident = members.reduce(0) { $0 + $1.residentBytes }
        if resident <= limit { return resident }
        return members.reduce(0) { $0 + (Self.proportionalBytes(of: $1.pid) ?? $1.residentBytes) }
    }

    func belongs(_ entry: Entry, to group: Int) -> Bool {
        if entry.group == group { return true }
        // The entries were not read at one moment: parents might form a circle.
        var (pid, steps) = (entry.pid, 0)
        while pid != group, steps < 1000, let parent = entries[pid]?.parent, parent > 1 { (pid, steps) = (parent, steps + 1) }
        return pid == group
    }

    /// Each shared page counts by the part of its users.
    private static func proportionalBytes(of pid: Int) -> Int? {
        let text = String(decoding: Folders.firstBytes(of: "/proc/\(pid)/smaps_rollup", count: 4096), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}

extension ProcessMemory.Entry {
    /// Parses `/proc/<pid>/stat`: the name in it, in parentheses, may contain anything.
    init?(stat: String) {
        guard let nameEnd = stat.lastIndex(of: ")"), let pid = stat.split(separator: " ").first.flatMap({ Int($0) }) else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 21, let parent = Int(fields[1]), let group = Int(fields[2]), let pages = Int(fields[21]) else { return nil }
        self.init(pid: pid, parent: parent, group: group, residentBytes: pages * pageBytes)
    }
}
