public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletTasks

extension RDD {
    /// All pairs of an element of this RDD and one of the other.
    ///
    ///     let sizes = context.parallelize(["S", "L"], partitions: 1)
    ///     let colours = context.parallelize(["red", "blue"], partitions: 1)
    ///     try await sizes.cartesian(colours).collect()   // [("S", "red"), ("S", "blue"), ("L", "red"), ("L", "blue")]
    ///
    /// The result has a partition for each pair of partitions: `n * m` of them. The pairs inside a partition come in no
    /// particular order.
    ///
    /// A task holds a block of elements of this RDD (as many as fill a batch, `martlet.batch.bytes`) and one batch of the
    /// other, and recomputes the other's partition for each block: `cache()` the other RDD if that is expensive. Each
    /// partition of this RDD is computed once for each partition of the other. Needs no shuffle.
    ///
    /// - Complexity: O(elements of this RDD * elements of the other).
    @inlinable @inline(__always)
    public func cartesian<Other: Sendable>(
        _ other: RDD<Other>, file: String = #fileID, line: Int = #line
    ) -> RDD<(Element, Other)> {
        crossed("cartesian", CallSite(file: file, line: line), other) { left, blockCount, right in
            (Crossing<Element, Other>(left, blockCount: blockCount, right), crossKernel(Element.self, Other.self))
        }
    }

    @usableFromInline @inline(never)
    func crossed<Other: Sendable>(
        _ operation: String, _ site: CallSite, _ other: RDD<Other>,
        open: @escaping @Sendable (
            _ left: BatchSource, _ blockCount: Int, _ right: @escaping () throws -> BatchSource
        ) -> (state: AnyObject, kernel: Kernel)
    ) -> RDD<(Element, Other)> {
        if let later = deferred(with: other, operation, site, ids: 1, { crossed(operation, site, other, open: open) }) {
            return later
        }
        let (rows, columns) = (partitionCount, other.partitionCount)
        let (count, isTooMany) = rows.multipliedReportingOverflow(by: columns)
        if isTooMany || count > CountLimit.partitions.range.upperBound {
            return context.broken(
                operation, site, (Element, Other).self,
                .problem(
                    "\(rows) times \(columns) partitions are more than \(CountLimit.partitions.range.upperBound), each of which is "
                        + "a task that the driver keeps a record of: coalesce() the RDDs"))
        }
        let (element, output) = (lineage.elementType, ElementType((Element, Other).self))
        return context.node(
            operation, site, (Element, Other).self, partitionCount: count, parents: [lineage, other.lineage],
            dependencies: [
                .narrow(NarrowDependency(parent: id, mapping: .quotient(columns))),
                .narrow(NarrowDependency(parent: other.id, mapping: .remainder(columns))),
            ],
            program: .computeOpening { inputs, _, context in
                let batchBytes = context.environment.batchBytes
                let (state, kernel) = open(
                    CancellableSource(try inputs[0](), context.cancellation),
                    BatchBuffer.capacity(stride: element.stride, batchBytes: batchBytes)
                ) {
                    CancellableSource(try inputs[1](), context.cancellation)
                }
                return GeneratorSource(output, batchBytes: batchBytes, state: state, kernel: kernel)
            })
    }
}

/// The position of a `cartesian`: a block of the left side, and a batch of the right side that meets it.
@usableFromInline
final class Crossing<Left, Right> {
    @usableFromInline let left: PartitionCursor<Left>
    @usableFromInline let blockCount: Int
    @usableFromInline let openRight: () throws -> BatchSource
    @usableFromInline var right: BatchSource?
    @usableFromInline var block: [Left] = []
    @usableFromInline var batch: Batch<Right> = RawBatch.end.elements()
    /// The next pair: a place in the block and one in the batch.
    @usableFromInline var row = 0
    @usableFromInline var column = 0

    @inlinable
    init(_ left: BatchSource, blockCount: Int, _ openRight: @escaping () throws -> BatchSource) {
        self.left = PartitionCursor(left)
        self.blockCount = blockCount
        self.openRight = openRight
    }

    deinit { batch.discard(from: 0) }

    /// Goes on to the next batch of the right side, or to the next block of the left.
    ///
    /// - Returns: false when no pair is left.
    @inlinable
    func advance() throws -> Bool {
        row = 0
        batch.discard(from: 0)
        batch = RawBatch.end.elements()
        while true {
            if let right {
                let next = try right.next()
                if !next.isEmpty {
                    batch = next.elements()
                    return true
                }
                self.right = nil
            }
            block.removeAll(keepingCapacity: true)
            while block.count < blockCount, let element = left.next() { block.append(element) }
            try left.check()
            if block.isEmpty { return false }
            right = try openRight()
        }
    }
}

@inlinable @inline(__always)
func crossKernel<Left: SendableMetatype, Right: SendableMetatype>(_: Left.Type, _: Right.Type) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let crossing = unsafeDowncast(state, to: Crossing<Left, Right>.self)
        let target = frame.output.assumingMemoryBound(to: (Left, Right).self)
        var made = 0
        defer { frame.produced = made }
        while made < frame.capacity {
            if crossing.row == crossing.block.count || crossing.batch.count == 0 {
                guard try crossing.advance() else { return }
            }
            let (batch, first) = (crossing.batch, crossing.column)
            let left = crossing.block[crossing.row]
            let count = Swift.min(batch.count &- first, frame.capacity &- made)
            for index in 0..<count {
                (target + (made &+ index)).initialize(to: (left, batch.base[first &+ index]))
            }
            made &+= count
            crossing.column = first &+ count
            if crossing.column == batch.count {
                crossing.column = 0
                crossing.row &+= 1
            }
        }
    }
}
