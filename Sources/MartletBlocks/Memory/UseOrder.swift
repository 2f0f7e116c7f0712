/// Items in the order of their last use: a linked list with its links in a dictionary.
///
/// - Complexity: O(1) for each change.
struct UseOrder<ID: Hashable & Sendable>: Sendable {
    private var links: [ID: Link] = [:]
    private var oldest: ID?
    private var newest: ID?

    private struct Link: Sendable {
        var older: ID?
        var newer: ID?
    }

    /// Puts `id` last.
    mutating func use(_ id: ID) {
        if newest == id { return }
        remove(id)
        links[id] = Link(older: newest, newer: nil)
        if let newest { links[newest]?.newer = id } else { oldest = id }
        newest = id
    }

    mutating func remove(_ id: ID) {
        guard let link = links.removeValue(forKey: id) else { return }
        if let older = link.older { links[older]?.newer = link.newer } else { oldest = link.newer }
        if let newer = link.newer { links[newer]?.older = link.older } else { newest = link.older }
    }

    /// All items, the least recently used first.
    var oldestFirst: some Sequence<ID> {
        sequence(first: oldest) { id in id.flatMap { links[$0]?.newer } }.lazy.prefix { $0 != nil }.compactMap { $0 }
    }
}
