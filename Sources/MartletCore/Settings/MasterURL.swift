/// Where a context runs its tasks.
///
/// - `local`: one slot in this process
/// - `local[4]`: four slots
/// - `local[*]`: as many slots as the machine has cores
/// - `local[4,3]`: four slots; a task may fail twice, its third failure fails the job
/// - `local-cluster[2,4,1024]`: two executor processes on this machine, with four slots and 1024 MiB each
/// - `martlet://host:7077`: a cluster whose master listens there; several masters are separated by commas, and one of them leads
///
/// A context makes it from the text that it is given:
///
///     try MartletContext(master: "local[4,3]").master   // local[4,3]
public enum MasterURL: Sendable, Equatable, CustomStringConvertible {
    /// Threads of this process. `maxFailures` is the number of failures of one task that fails its job.
    case local(slots: Int, maxFailures: Int)

    /// Processes on this machine that end with this one.
    case localCluster(executors: Int, slots: Int, memoryMiB: Int)

    /// A cluster, with its masters: one of them leads.
    case cluster(masters: [Address])

    /// Where a master listens.
    ///
    ///     try MasterURL(parsing: "martlet://a:7077,[::1]", availableCores: 1)   // martlet://a:7077,[::1]:7077
    public struct Address: Sendable, Hashable, CustomStringConvertible {
        /// A name, or an address without brackets.
        public let host: String

        /// From 1 to 65535.
        public let port: Int

        /// `host:port`; an IPv6 address in brackets.
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// The port of a master where none is said.
    public static let defaultPort = 7077

    /// How many slots one process may have, and how many failures a task may be allowed.
    public static let limits = 1...10_000

    /// How many executors one machine may have, and how much memory one of them, in MiB.
    static let (executorLimits, memoryLimits) = (1...1000, 1...1 << 30)

    /// The accepted forms, as error messages list them.
    static let forms =
        "local, local[N], local[*], local[N,F], local[*,F], local-cluster[EXECUTORS,SLOTS,MIB] and martlet://HOST:PORT[,HOST:PORT]"

    /// Reads a master as a user writes it.
    /// - Parameters:
    ///   - text: the master; spaces around the numbers are ignored
    ///   - availableCores: what `*` stands for
    /// - Throws: `unknownMaster`, `masterNumberOutOfRange`
    public init(parsing text: String, availableCores: Int) throws(SettingsError) {
        let cores = min(max(availableCores, 1), Self.limits.upperBound)
        func number(
            _ field: String, _ what: String, _ accepted: ClosedRange<Int> = Self.limits
        ) throws(SettingsError) -> Int {
            if let value = Int(field), accepted.contains(value) { return value }
            let digits = field.hasPrefix("-") ? field.dropFirst() : field[...]
            guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else {
                throw .unknownMaster(given: text, suggestion: Self.suggestion(for: text))
            }
            throw .masterNumberOutOfRange(master: text, what: what, given: field, accepted: accepted)
        }
        func slots(_ field: String) throws(SettingsError) -> Int {
            field == "*" ? cores : try number(field, "slots")
        }
        if let fields = Self.fields(of: text, "local"), fields.count <= 2 {
            self = .local(
                slots: fields.isEmpty ? 1 : try slots(fields[0]),
                maxFailures: fields.count == 2 ? try number(fields[1], "failures") : 1)
        } else if let fields = Self.fields(of: text, "local-cluster"), fields.count == 3 {
            self = .localCluster(
                executors: try number(fields[0], "executors", Self.executorLimits), slots: try slots(fields[1]),
                memoryMiB: try number(fields[2], "MiB", Self.memoryLimits))
        } else if text.hasPrefix(Self.scheme) {
            guard let masters = Self.addresses(text.dropFirst(Self.scheme.count)) else {
                throw .unknownMaster(given: text, suggestion: nil)
            }
            self = .cluster(masters: masters)
        } else {
            throw .unknownMaster(given: text, suggestion: Self.suggestion(for: text))
        }
    }

    private static let scheme = "martlet://"

    /// The masters of `a:7077,b`; nil if one of them is no address.
    private static func addresses(_ text: Substring) -> [Address]? {
        var addresses: [Address] = []
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            var (host, rest) = (field.prefix { $0 != ":" }, field.drop { $0 != ":" })
            if field.first == "[", let end = field.firstIndex(of: "]") {
                (host, rest) = (field[..<end].dropFirst(), field[end...].dropFirst())
            }
            let port = rest.isEmpty ? defaultPort : rest.first == ":" ? Int(rest.dropFirst()) : nil
            guard !host.isEmpty, host.allSatisfy(isPartOfHost), let port, (1...65_535).contains(port) else { return nil }
            addresses.append(Address(host: String(host), port: port))
        }
        return addresses
    }

    private static func isPartOfHost(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || ".-_:%".contains(character))
    }

    /// The shortest text that reads back as this master.
    public var description: String {
        switch self {
        case .local(slots: 1, maxFailures: 1): "local"
        case .local(let slots, maxFailures: 1): "local[\(slots)]"
        case .local(let slots, let maxFailures): "local[\(slots),\(maxFailures)]"
        case .localCluster(let executors, let slots, let memory): "local-cluster[\(executors),\(slots),\(memory)]"
        case .cluster(let masters): Self.scheme + masters.map(\.description).joined(separator: ",")
        }
    }

    /// The texts between the brackets of `word[a,b]`; empty for the word alone, nil for anything else.
    private static func fields(of text: String, _ word: String) -> [String]? {
        if text == word { return [] }
        guard text.hasPrefix(word + "["), text.hasSuffix("]") else { return nil }
        return text.dropFirst(word.count + 1).dropLast()
            .split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
    }

    /// What the user may have meant: the word is nearly right, or its numbers are not written in brackets.
    private static func suggestion(for text: String) -> String? {
        let word = text.prefix { $0.isLetter || $0 == "-" }
        guard let known = nearest(to: word.lowercased(), in: ["local", "local-cluster"]) else { return nil }
        let numbers = text[word.endIndex...].split { $0 != "*" && !("0"..."9").contains($0) }
        let isCluster = known == "local-cluster"
        let meant = numbers.isEmpty
            ? isCluster ? "local-cluster[2,1,1024]" : "local" : "\(known)[\(numbers.joined(separator: ","))]"
        guard meant != text, (try? MasterURL(parsing: meant, availableCores: 1)) != nil else { return nil }
        return meant
    }
}
