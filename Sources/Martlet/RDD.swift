public import MartletBlocks
public import MartletCore
import MartletDriver
package import MartletLineage
public import MartletPlan
import MartletShuffle

/// A partitioned collection that knows how it is computed.
///
/// An RDD holds no elements: it is a recipe, and a small value to pass around. Transformations make new RDDs and run
/// nothing; actions (`collect`, `count`, `reduce`, ...) run a job, partition by partition, on the context's slots.
/// `cache()` caches the partitions that a job computes, for later jobs.
///
///     let lines = context.textFile("server.log")
///     let errors = lines.filter { $0.contains("ERROR") }.cache()
///     print(try await errors.count(), try await errors.take(3))
///
/// Functions run on other threads, several at a time: they are `@Sendable` and may throw, which fails the action with
/// the operator, its line, and the partition.
public struct RDD<Element: Sendable>: Sendable {
    /// The context that made the RDD and runs its actions.
    public let context: MartletContext
    package let lineage: LineageNode

    package init(_ context: MartletContext, _ lineage: LineageNode) {
        self.context = context
        self.lineage = lineage
    }

    /// Unique in its context, increasing.
    public var id: RDDID { lineage.id }

    /// The number of partitions; one task computes each.
    ///
    /// Input is divided when its partitions are first needed: for this property, if no action has run yet. 0 if the input
    /// cannot be read.
    public var partitionCount: Int { lineage.partitionCount }

    /// The direct dependencies of the RDD: at most one for each RDD that its operator was given.
    public var dependencies: [Dependency] { lineage.dependencies }

    /// How keys are spread over the partitions, if that is known.
    public var partitioner: PartitionerIdentity? { lineage.partitioner }

    /// The name given by `setName`.
    public var name: String? { lineage.name }

    /// Names the RDD in plans. Returns the same RDD.
    ///
    ///     let lines = context.textFile("words.txt").setName("Hamlet")
    ///     lines.name ?? ""   // "Hamlet"
    @discardableResult
    public func setName(_ name: String) -> RDD {
        lineage.setName(name)
        return self
    }
}

extension RDD: CustomStringConvertible {
    /// `map at Main.swift:12 [3]`, with the name in front if there is one.
    public var description: String {
        "\(name.map { $0 + " " } ?? "")\(lineage.operation) at \(lineage.callSite) [\(id)]"
    }
}

extension MartletContext {
    /// Adds a node to the lineage: the only way to make an RDD. Parents of another context make a broken one.
    package func node<Element>(
        _ operation: String, _ site: CallSite, _: Element.Type, partitionCount: Int, parents: [LineageNode] = [],
        dependencies: [Dependency] = [], partitioner: PartitionerIdentity? = nil,
        partitioning: (any AnyObject & Sendable)? = nil, shuffles: [ShuffleID: ShuffleProgram] = [:], problem: (any Error)? = nil, program: NodeProgram
    ) -> RDD<Element> {
        if let parent = parents.first(where: { !$0.isPlanned }) {
            // An operator that cannot be deferred needs a layout that is not known.
            return broken(operation, site, Element.self, parent.problem ?? LateInput(operation: operation, callSite: site))
        }
        if let foreign = foreignInput(operation, site, parents) { return broken(operation, site, Element.self, foreign) }
        if let broken: RDD<Element> = tooManyPartitions(operation, site, partitionCount, dependencies) { return broken }
        let element = ElementType(Element.self)
        let shape = PlanNode(
            id: RDDID(makeID()), operation: operation, callSite: site, partitionCount: partitionCount,
            dependencies: dependencies, partitioner: partitioner, elementType: element.name)
        let computation = NodeComputation(
            program, dependencies: dependencies, shuffles: shuffles, parents: parents,
            onRelease: { [driver] in driver.release($0) })
        let lineage = LineageNode(
            shape, element, owner: applicationID, computation: computation, problem: problem ?? parents.lazy.compactMap(\.problem).first,
            partitioning: partitioning, onRelease: { [driver] in driver.forgetCache(of: $0) })
        return RDD(self, lineage)
    }

    /// Checks derived numbers too: a product of two RDDs has many partitions, and a shuffle has as many as its input by
    /// default.
    private func tooManyPartitions<Element>(
        _ operation: String, _ site: CallSite, _ count: Int, _ dependencies: [Dependency]
    ) -> RDD<Element>? {
        if count == 0 { return nil }
        let isShuffled = dependencies.contains { if case .shuffle = $0 { true } else { false } }
        return broken(operation, site, unless: count, isWithin: isShuffled ? .shuffledPartitions : .partitions)
    }

    /// An RDD that cannot be computed, since an operator received an invalid argument: its actions throw the error.
    package func broken<Element>(
        _ operation: String, _ site: CallSite, _: Element.Type, _ problem: any Error
    ) -> RDD<Element> {
        node(
            operation, site, Element.self, partitionCount: 0, problem: problem,
            program: .source { _, _ in EmptySource() })
    }
}

extension RDD {
    /// Adds a kernel over one partition at a time.
    @usableFromInline @inline(never)
    func step<Output: Sendable>(
        _ operation: String, _ site: CallSite, _: Output.Type, keepsPartitioner: Bool = false,
        kernel: @escaping Kernel
    ) -> RDD<Output> {
        let step = Step(
            kernel: kernel, input: lineage.elementType, output: ElementType(Output.self), operation: operation,
            callSite: site)
        return narrow(operation, site, Output.self, keepsPartitioner: keepsPartitioner, program: .step(step))
    }

    /// Adds a node that reads the same partition of this one.
    package func narrow<Output: Sendable>(
        _ operation: String, _ site: CallSite, _: Output.Type, keepsPartitioner: Bool = false,
        program: NodeProgram
    ) -> RDD<Output> {
        deferred(operation, site, ids: 1) {
            narrow(operation, site, Output.self, keepsPartitioner: keepsPartitioner, program: program)
        } ?? context.node(
            operation, site, Output.self, partitionCount: partitionCount, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: .oneToOne))],
            partitioner: keepsPartitioner ? partitioner : nil,
            partitioning: keepsPartitioner ? lineage.partitioning : nil, program: program)
    }
}
