/// One call of a kernel: its pending input, the free space for its output, and its progress.
///
/// A kernel is the per-batch function of an operator, made in the user's module, where the compiler knows both the
/// types and the user's function. Everything around it is untyped.
///
/// - Invariant: B3. When a kernel returns or throws, the first `consumed` input elements are spent and the first
///   `produced` output elements are initialised; nothing else has changed. A kernel that returns has consumed,
///   produced, suspended or resumed something.
@frozen
public struct KernelFrame {
    /// Elements not yet read.
    public var input: RawBatch
    /// Free space for `capacity` elements.
    public let output: UnsafeMutableRawPointer
    public let capacity: Int
    public var consumed = 0
    public var produced = 0
    /// State that a kernel keeps between two calls in one task: an unfinished expansion, a join's table.
    public var state: AnyObject?
    /// The kernel has output left for input that it has already consumed, and wants to be called again.
    public var isSuspended: Bool

    @inlinable
    public init(
        input: RawBatch, output: UnsafeMutableRawPointer, capacity: Int, state: AnyObject? = nil,
        isSuspended: Bool = false
    ) {
        self.input = input
        self.output = output
        self.capacity = capacity
        self.state = state
        self.isSuspended = isSuspended
    }
}

/// An operator's work on one batch. It captures the user's function and nothing else (the kernel rule).
public typealias Kernel = @Sendable (inout KernelFrame) throws -> Void

extension KernelFrame {
    /// One output element for each input element.
    @inlinable @inline(__always)
    public mutating func map<Input, Output>(_ transform: (Input) throws -> Output) throws {
        let batch: Batch<Input> = input.elements()
        let target = output.assumingMemoryBound(to: Output.self)
        let count = Swift.min(batch.count, capacity)
        var index = 0
        do {
            while index < count {
                (target + index).initialize(to: try transform(batch.take(index)))
                index &+= 1
            }
        } catch {
            consumed = index + 1
            produced = index
            throw error
        }
        consumed = count
        produced = count
    }

    /// Keeps the elements that satisfy the predicate. Without branches where elements are plain bits, since a
    /// mispredicted branch costs more than a store.
    @inlinable @inline(__always)
    public mutating func filter<Element>(_ isIncluded: (Element) throws -> Bool) throws {
        let batch: Batch<Element> = input.elements()
        let target = output.assumingMemoryBound(to: Element.self)
        let count = Swift.min(batch.count, capacity)
        var index = 0
        var kept = 0
        do {
            while index < count {
                if _isPOD(Element.self) {
                    let element = batch.base[index]
                    (target + kept).initialize(to: element)
                    kept &+= try isIncluded(element) ? 1 : 0
                } else if try isIncluded(batch.base[index]) {
                    (target + kept).initialize(to: batch.take(index))
                    kept &+= 1
                } else if batch.isOwned {
                    (batch.base + index).deinitialize(count: 1)
                }
                index &+= 1
            }
        } catch {
            consumed = index
            produced = kept
            throw error
        }
        consumed = count
        produced = kept
    }

    /// Zero or more output elements for each input element; stops in the middle when the output is full.
    @inlinable @inline(__always)
    public mutating func flatMap<Input, Segment: Sequence>(_ transform: (Input) throws -> Segment) throws {
        let batch: Batch<Input> = input.elements()
        let target = output.assumingMemoryBound(to: Segment.Element.self)
        var index = 0
        var made = 0
        if isSuspended, let pending = state {
            let expansion = unsafeDowncast(pending, to: Expansion<Segment.Iterator>.self)
            while made < capacity, let element = expansion.iterator.next() {
                (target + made).initialize(to: element)
                made &+= 1
            }
            if made == capacity {
                produced = made
                return
            }
            isSuspended = false
            state = nil
        }
        do {
            while index < batch.count, made < capacity {
                let segment = try transform(batch.take(index))
                index &+= 1
                var iterator = segment.makeIterator()
                while made < capacity, let element = iterator.next() {
                    (target + made).initialize(to: element)
                    made &+= 1
                }
                if made == capacity {
                    state = Expansion(iterator)
                    isSuspended = true
                }
            }
        } catch {
            consumed = index + 1
            produced = made
            throw error
        }
        consumed = index
        produced = made
    }
}

/// The rest of one element's expansion, kept between two calls of a `flatMap` kernel.
public final class Expansion<Iterator: IteratorProtocol> {
    @usableFromInline var iterator: Iterator

    @inlinable init(_ iterator: Iterator) { self.iterator = iterator }
}

extension KernelFrame {
    /// Transforms as much of the batch as fits into the output, in one call of the user's function.
    @inlinable @inline(__always)
    public mutating func mapBatch<Input, Output>(
        _ transform: (Span<Input>, inout OutputSpan<Output>) throws -> Void
    ) throws {
        let count = Swift.min(input.count, capacity)
        let elements = UnsafeMutableBufferPointer(
            start: input.base.assumingMemoryBound(to: Input.self), count: count)
        let target = UnsafeMutableBufferPointer(
            start: output.assumingMemoryBound(to: Output.self), count: count)
        var span = OutputSpan(buffer: target, initializedCount: 0)
        defer { if input.isOwned { elements.deinitialize() } }
        consumed = count
        do {
            try transform(UnsafeBufferPointer(elements).span, &span)
        } catch {
            produced = span.finalize(for: target)
            throw error
        }
        produced = span.finalize(for: target)
    }
}
