public import MartletCore

extension LineageGraph {
    /// The lineage as a tree of text, the root first.
    ///
    /// ```text
    /// (2) counts reduceByKey [3] at reduceByKey at Main.swift:13 []
    ///  +-(4) map [2] at map at Main.swift:12 []
    ///     |  textFile [0] at textFile at Main.swift:10 []
    /// ```
    ///
    /// A number in parentheses counts partitions and starts a stage; RDDs of one stage stand below each
    /// other. The brackets hold the storage level. An RDD that is reached twice is drawn once, later
    /// mentions end in `(above)`. Beyond `deepestIndent` shuffles the text is not indented further.
    /// - Parameter cachedPartitionCount: how many partitions of an RDD are stored now
    /// - Complexity: O(n) lines
    /// - Source: the layout of Spark's `toDebugString`
    public func debugString(cachedPartitionCount: (RDDID) -> Int = { _ in 0 }) -> String {
        var text = ""
        var isDrawn = [Bool](repeating: false, count: nodes.count)
        var stack = [
            DebugLine.first(place: place(of: root), partitionCount: nodes[place(of: root)].partitionCount)
        ]
        while let line = stack.popLast() {
            let node = nodes[line.place]
            let isRepeated = isDrawn[line.place] && !node.dependencies.isEmpty
            if !text.isEmpty { text += "\n" }
            text += line.lead + "\(node)" + (isRepeated ? " (above)" : " [\(node.storageLevel.label)]")
            if isRepeated { continue }
            isDrawn[line.place] = true
            let cachedCount = node.storageLevel.isPersistent ? cachedPartitionCount(node.id) : 0
            if cachedCount > 0 { text += "\n\(line.rest)      CachedPartitions: \(cachedCount)" }
            if let checkpoint = node.checkpoint { text += "\n\(line.rest)      Checkpoint: \(checkpoint)" }
            for (index, dependency) in node.dependencies.enumerated().reversed() {
                let parent = place(of: dependency.parent)
                switch dependency {
                case .narrow:
                    stack.append(line.below(place: parent))
                case .shuffle:
                    let isLast = index == node.dependencies.count - 1
                    stack.append(
                        line.beyondShuffle(place: parent, nodes[parent].partitionCount, isLast: isLast))
                }
            }
        }
        return text
    }
}

extension StorageLevel {
    /// The level inside brackets: nothing when nothing is stored.
    fileprivate var label: String { isPersistent ? description : "" }
}

/// How many shuffles deep a lineage is indented; deeper ones stay at that margin, so that the text of a
/// long iteration grows with its length and not with its square.
private let deepestIndent = 32

/// One RDD about to be drawn.
private struct DebugLine {
    /// Place of the RDD in the lineage's nodes.
    let place: Int

    /// The text before the RDD on its own line.
    let lead: String

    /// The text before further lines of the same stage.
    let rest: String

    /// Number of shuffles between this RDD and the root.
    let depth: Int

    static func first(place: Int, partitionCount: Int) -> DebugLine {
        let count = "(\(partitionCount))"
        return DebugLine(place: place, lead: count + " ", rest: bar(under: count), depth: 0)
    }

    /// A narrow parent: one line below in the same stage.
    func below(place: Int) -> DebugLine {
        DebugLine(place: place, lead: rest + " ", rest: rest, depth: depth)
    }

    /// The parent behind a shuffle. Where siblings follow, the bar to their left goes on.
    func beyondShuffle(place: Int, _ partitionCount: Int, isLast: Bool) -> DebugLine {
        let count = "(\(partitionCount))"
        let lastBar = rest.lastIndex(of: "|") ?? rest.endIndex
        let margin = String(rest[..<lastBar])
        let deeper = depth < deepestIndent ? margin + (isLast ? "  " : "| ") + Self.bar(under: count) : rest
        return DebugLine(place: place, lead: "\(margin)+-\(count) ", rest: deeper, depth: depth + 1)
    }

    private static func bar(under count: String) -> String {
        let left = (count.count - 1) / 2
        return String(repeating: " ", count: left) + "|"
            + String(repeating: " ", count: count.count - left - 1)
    }
}
