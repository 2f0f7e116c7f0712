/// The end of a process's standard error, which may tell why it ended.
package struct LastWords: Sendable, Equatable {
    private var bytes: [UInt8] = []
    private static let limit = 16 << 10
    private static let lineLimit = 500

    package init() {}

    package mutating func append(_ chunk: some Collection<UInt8>) {
        bytes += chunk
        if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }

    /// The stated reason of its end: the operator and the cause, as far as known; nil if there is none.
    package var reason: String? {
        let lines = String(decoding: bytes.suffix(Self.limit), as: UTF8.self).split(whereSeparator: \.isNewline)
        let ownPrefix = "martlet: "
        let own = lines.last { $0.hasPrefix(ownPrefix) }?.dropFirst(ownPrefix.count)
        // Swift's own message for a trap; in optimised programs some traps have none.
        let trap = lines.last { $0.contains("Fatal error") }
        let words = [own, trap].compactMap { $0 }.map { $0.prefix(Self.lineLimit) }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
