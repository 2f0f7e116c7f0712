/// A run of initialised elements of one type in memory that the batch does not own.
///
/// - Invariant: B1. The memory stays valid until the next call on the source that returned the batch.
/// - Invariant: B2. The elements of an owned batch are spent exactly once: moved out, or destroyed. The elements of
///   a lent batch (a cached block, a shuffle output) are only read.
@frozen
public struct RawBatch {
    public var base: UnsafeMutableRawPointer
    public var count: Int
    public var isOwned: Bool

    @inlinable
    public init(base: UnsafeMutableRawPointer, count: Int, isOwned: Bool) {
        self.base = base
        self.count = count
        self.isOwned = isOwned
    }

    /// The batch that means "no more": it has no elements and its address is never read.
    @inlinable
    public static var end: RawBatch {
        RawBatch(base: UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped, count: 0, isOwned: false)
    }

    @inlinable public var isEmpty: Bool { count == 0 }

    /// Drops the first `elements` elements, which have been spent.
    @inlinable
    public mutating func advance(by elements: Int, stride: Int) {
        base += elements * stride
        count -= elements
    }

    /// The same memory as typed elements.
    @inlinable @inline(__always)
    public func elements<Element>(_: Element.Type = Element.self) -> Batch<Element> { Batch(self) }
}

/// A `RawBatch` of a known element type, as kernels read it.
@frozen
public struct Batch<Element> {
    public let base: UnsafeMutablePointer<Element>
    public let count: Int
    public let isOwned: Bool

    @inlinable @inline(__always)
    public init(_ raw: RawBatch) {
        base = raw.base.assumingMemoryBound(to: Element.self)
        count = raw.count
        isOwned = raw.isOwned
    }

    /// Element `index`, moved out of an owned batch and copied from a lent one. Call once per element.
    @inlinable @inline(__always)
    public func take(_ index: Int) -> Element {
        if _isPOD(Element.self) || !isOwned { return base[index] }
        return (base + index).move()
    }

    /// Spends every element by handing it to `body`; when that fails, the rest is destroyed.
    @inlinable @inline(__always)
    public func forEach(_ body: (Element) throws -> Void) rethrows {
        var index = 0
        do {
            while index < count {
                let element = take(index)
                index &+= 1
                try body(element)
            }
        } catch {
            discard(from: index)
            throw error
        }
    }

    /// Destroys elements `start..<count` of an owned batch: the way out of a kernel that fails.
    @inlinable @inline(__always)
    public func discard(from start: Int) {
        if !_isPOD(Element.self), isOwned, start < count { (base + start).deinitialize(count: count - start) }
    }
}
