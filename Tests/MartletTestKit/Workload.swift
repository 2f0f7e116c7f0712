import MartletCore
import MartletPlan
package import MartletStatistics

/// What the simulated RDDs hold.
package struct Row: Hashable, Sendable {
    package var key: Int
    package var value: Int
}

/// Where a simulated task gets what it does not compute itself.
protocol RowReader {
    /// A kept partition; nil when it is to be computed.
    mutating func kept(_ block: BlockID) throws -> [Row]?

    /// A partition was computed that is to be kept.
    mutating func keep(_ rows: [Row], as block: BlockID)

    /// What all maps of a shuffle wrote for a partition, in the order of the maps.
    mutating func read(_ shuffle: ShuffleDependency, partition: Int) throws -> [Row]
}

/// A random lineage over small integers, with real results: RDD i is computed from RDDs before it.
package struct Workload {
    enum Operation: CaseIterable {
        case double, filter, union, coalesce, exchange, reduce
    }

    let nodes: [PlanNode]
    private let operations: [Operation?]

    /// Every shuffle, by id; ids count from 0.
    let shuffles: [ShuffleDependency]

    /// The rows of every partition of every RDD, computed serially.
    private(set) var oracle: [[[Row]]] = []

    package init(_ random: inout SeededGenerator) {
        var nodes: [PlanNode] = []
        var operations: [Operation?] = []
        var shuffles: [ShuffleDependency] = []
        for id in 0..<random.within(2...12) {
            var operation = id == 0 || random.chance(10) ? nil : Operation.allCases.randomElement(using: &random)
            if id > 0, id < 3 { operation = .exchange }
            var count = random.within(0...6)
            var dependencies: [Dependency] = []
            func parent() -> PlanNode { nodes[Int.random(in: 0..<id, using: &random)] }
            switch operation {
            case nil: break
            case .double, .filter:
                let parent = parent()
                count = parent.partitionCount
                dependencies = [Self.narrow(parent, .oneToOne)]
            case .union:
                let (left, right) = (parent(), parent())
                count = left.partitionCount + right.partitionCount
                dependencies = [
                    Self.narrow(left, .range(childStart: 0, parentStart: 0, count: left.partitionCount)),
                    Self.narrow(
                        right, .range(childStart: left.partitionCount, parentStart: 0, count: right.partitionCount)),
                ]
            case .coalesce:
                let parent = parent()
                count = max(1, parent.partitionCount / 2)
                let groups = (0..<count).map { group in
                    (0..<parent.partitionCount).filter { $0 % count == group }
                }
                dependencies = [Self.narrow(parent, .groups(groups))]
            case .exchange, .reduce:
                count = max(1, count)
                for _ in 0..<random.within(1...2) {
                    let old = shuffles.filter { $0.partitionCount == count }.randomElement(using: &random)
                    if let old, random.chance(40) {
                        dependencies.append(.shuffle(old))
                    } else {
                        shuffles.append(
                            ShuffleDependency(
                                id: ShuffleID(shuffles.count), parent: parent().id, partitionCount: count))
                        dependencies.append(.shuffle(shuffles[shuffles.count - 1]))
                    }
                }
            }
            nodes.append(
                PlanNode(
                    id: RDDID(id), operation: operation.map { "\($0)" } ?? "source",
                    callSite: CallSite(file: "Simulation", line: id), partitionCount: count, dependencies: dependencies,
                    storageLevel: random.chance(30) ? .memoryOnly : .none, elementType: "Row"))
            operations.append(operation)
        }
        (self.nodes, self.operations, self.shuffles) = (nodes, operations, shuffles)
        for node in nodes {
            var reader = OracleReader(workload: self)
            oracle.append(
                (0..<node.partitionCount).map { partition in
                    (try? rows(of: node.id, partition, &reader)) ?? []
                })
        }
    }

    /// Computes a partition.
    func rows(of rdd: RDDID, _ partition: Int, _ reader: inout some RowReader) throws -> [Row] {
        let node = nodes[rdd.rawValue]
        let block = BlockID(rdd: rdd, partition: partition)
        if node.storageLevel.isPersistent, let kept = try reader.kept(block) { return kept }
        var rows: [Row] = []
        for dependency in node.dependencies {
            switch dependency {
            case .narrow(let narrow):
                for parent in narrow.mapping.parents(of: partition) {
                    rows += try self.rows(of: narrow.parent, parent, &reader)
                }
            case .shuffle(let shuffle): rows += try reader.read(shuffle, partition: partition)
            }
        }
        rows = apply(operations[rdd.rawValue], to: rows, of: rdd.rawValue, partition)
        if node.storageLevel.isPersistent { reader.keep(rows, as: block) }
        return rows
    }

    /// What a map task writes, by partition.
    static func buckets(_ rows: [Row], _ shuffle: ShuffleDependency) -> [[Row]] {
        var buckets = [[Row]](repeating: [], count: shuffle.partitionCount)
        for row in rows { buckets[row.key % shuffle.partitionCount].append(row) }
        return buckets
    }

    private func apply(_ operation: Operation?, to rows: [Row], of rdd: Int, _ partition: Int) -> [Row] {
        switch operation {
        case nil:
            return (0..<(rdd * 7 + partition * 3) % 5).map { Row(key: (rdd + partition * 5 + $0 * 3) % 11, value: $0 + rdd) }
        case .double: return rows.map { Row(key: $0.key, value: $0.value * 2 % 1009) }
        case .filter: return rows.filter { ($0.key + $0.value) % 3 != 0 }
        case .union, .coalesce, .exchange:
            return rows.prefix(200).map { Row(key: ($0.key * 3 + $0.value) % 13, value: $0.value + 1) }
        case .reduce:
            var sums: [Int: Int] = [:]
            for row in rows { sums[row.key, default: 0] += row.value }
            return sums.keys.sorted().map { Row(key: $0, value: (sums[$0] ?? 0) % 1009) }
        }
    }

    private static func narrow(_ parent: PlanNode, _ mapping: PartitionMapping) -> Dependency {
        .narrow(NarrowDependency(parent: parent.id, mapping: mapping))
    }
}

/// Reads what was computed before; keeps nothing.
private struct OracleReader: RowReader {
    let workload: Workload

    func kept(_ block: BlockID) -> [Row]? {
        workload.oracle.count > block.rdd.rawValue ? workload.oracle[block.rdd.rawValue][block.partition] : nil
    }

    func keep(_ rows: [Row], as block: BlockID) {}

    func read(_ shuffle: ShuffleDependency, partition: Int) -> [Row] {
        workload.oracle[shuffle.parent.rawValue].flatMap { Workload.buckets($0, shuffle)[partition] }
    }
}
