import MartletCore

/// Walks one stage after the other: the nodes that narrow dependencies reach from the stage's root.
///
/// The stage's number tells the marks of one stage from the marks of another, so that no marks are cleared in between and the
/// cost of a stage is its size.
struct StageWalk {
    private let graph: LineageGraph

    /// Nodes whose dependencies are not followed.
    private let isClosed: [Bool]

    /// The stage that writes each shuffle.
    private let writers: [ShuffleID: Int]

    /// The last stage that each node was found in.
    private var marks: [Int]

    init(_ graph: LineageGraph, closed isClosed: [Bool], writers: [ShuffleID: Int]) {
        self.graph = graph
        self.isClosed = isClosed
        self.writers = writers
        marks = Array(repeating: -1, count: graph.nodes.count)
    }

    /// The places of the nodes of a stage, and the stages that write the shuffles they read, both in order.
    mutating func stage(_ index: Int, from root: RDDID) -> (places: [Int], parents: [Int]) {
        var places = [graph.place(of: root)]
        var parents: [Int] = []
        marks[places[0]] = index
        var next = 0
        while next < places.count {
            let place = places[next]
            next += 1
            if isClosed[place] { continue }
            for dependency in graph.nodes[place].dependencies {
                switch dependency {
                case .narrow(let narrow):
                    let parent = graph.place(of: narrow.parent)
                    if marks[parent] == index { continue }
                    marks[parent] = index
                    places.append(parent)
                case .shuffle(let shuffle):
                    guard let writer = writers[shuffle.id] else {
                        preconditionFailure("no stage writes \(shuffle.id)")
                    }
                    parents.append(writer)
                }
            }
        }
        places.sort()
        parents.sort()
        return (
            places, parents.indices.filter { $0 == 0 || parents[$0] != parents[$0 - 1] }.map { parents[$0] }
        )
    }
}
