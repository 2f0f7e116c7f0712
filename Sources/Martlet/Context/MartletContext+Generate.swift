public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletTasks

extension MartletContext {
    /// A user-defined RDD: each partition is the sequence that `make` returns for its index, read on demand.
    ///
    ///     let triangles = context.generate(partitions: 2) { partition in
    ///         (1...3).lazy.map { $0 * ($0 + 1) / 2 + 100 * partition }
    ///     }
    ///     try await triangles.collect()   // [1, 3, 6, 101, 103, 106]
    ///
    /// In Spark's terms, an RDD subclass with a `compute` method. The sequence may be endless, if actions such as `take` read
    /// only its beginning. A recomputed partition must have the same elements: take random numbers from
    /// `SeededGenerator(seed:partition:)`.
    ///
    /// - Parameters:
    ///   - partitions: at least 1.
    ///   - make: receives the partition's index, from 0. An error that it throws fails the task.
    @inlinable @inline(__always)
    public func generate<Elements: Sequence & SendableMetatype>(
        partitions: Int,
        _ make: @escaping @Sendable (_ partition: Int) throws -> Elements, file: String = #fileID, line: Int = #line
    ) -> RDD<Elements.Element> where Elements.Element: Sendable, Elements.Iterator: SendableMetatype {
        generated("generate", CallSite(file: file, line: line), partitions, Elements.Element.self) { partition in
            (
                PartitionExpansion(try make(partition).makeIterator(), []),
                expandKernel(Elements.Iterator.self)
            )
        }
    }

    /// A user-defined RDD from sources that can fail: each partition has the elements that a function returns until it returns
    /// nil.
    ///
    ///     let countdown = context.generate(of: Int.self, partitions: 2) { partition in
    ///         var next = 3
    ///         return {
    ///             next -= 1
    ///             return next < 0 ? nil : next + 10 * partition
    ///         }
    ///     }
    ///     try await countdown.collect()   // [2, 1, 0, 12, 11, 10]
    ///
    /// - Parameters:
    ///   - partitions: at least 1.
    ///   - open: opens a partition (a file, a cursor of a database) and returns a function for its next element, which is
    ///     released when the partition has been read or is no longer needed. An error that either function throws fails the
    ///     task.
    @inlinable @inline(__always)
    public func generate<Element: Sendable>(
        of _: Element.Type, partitions: Int,
        _ open: @escaping @Sendable (_ partition: Int) throws -> () throws -> Element?,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        generated("generate", CallSite(file: file, line: line), partitions, Element.self) { partition in
            (NextFunction(try open(partition)), nextKernel(Element.self))
        }
    }

    @usableFromInline @inline(never)
    func generated<Element: Sendable>(
        _ operation: String, _ site: CallSite, _ count: Int, _: Element.Type,
        open: @escaping @Sendable (Int) throws -> (state: AnyObject, kernel: Kernel)
    ) -> RDD<Element> {
        if let broken: RDD<Element> = broken(operation, site, unless: count, isWithin: .partitions) { return broken }
        let output = ElementType(Element.self)
        return node(
            operation, site, Element.self, partitionCount: count,
            program: .source { partition, context in
                let (state, kernel) = try open(partition)
                let source = GeneratorSource(
                    output, batchBytes: context.environment.batchBytes, state: state, kernel: kernel)
                return LocatedSource(
                    CancellableSource(source, context.cancellation), operation: operation, callSite: site)
            })
    }
}

/// A function for the next element.
@usableFromInline
final class NextFunction<Element> {
    @usableFromInline let next: () throws -> Element?
    @usableFromInline var isAtEnd = false

    @inlinable
    init(_ next: @escaping () throws -> Element?) { self.next = next }
}

@inlinable @inline(__always)
func nextKernel<Element: SendableMetatype>(_: Element.Type) -> Kernel {
    { frame in
        guard let state = frame.state else { return }
        let source = unsafeDowncast(state, to: NextFunction<Element>.self)
        let target = frame.output.assumingMemoryBound(to: Element.self)
        var made = 0
        defer { frame.produced = made }
        while made < frame.capacity, !source.isAtEnd {
            if let element = try source.next() {
                (target + made).initialize(to: element)
                made &+= 1
            } else {
                source.isAtEnd = true
            }
        }
    }
}
