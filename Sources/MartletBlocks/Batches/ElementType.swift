/// Describes elements to the untyped core: their size, and how to copy and destroy them.
///
/// The typed shell makes one where the static type is known; everything below works on raw memory and asks it
/// once per batch, never per element.
@frozen
public struct ElementType: Sendable {
    /// - Units: bytes from one element to the next.
    public let stride: Int
    /// - Units: bytes.
    public let alignment: Int
    /// Elements are plain bits: copying needs no reference counting and destroying does nothing.
    public let isBitwise: Bool
    /// The Swift type itself, for error messages and plans.
    public let type: any Any.Type
    @usableFromInline let copyElements: @Sendable (UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int) -> Void
    @usableFromInline let moveElements: @Sendable (UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int) -> Void
    @usableFromInline let destroyElements: @Sendable (UnsafeMutableRawPointer, Int) -> Void

    @inlinable
    public init<Element>(_ element: Element.Type) {
        stride = MemoryLayout<Element>.stride
        alignment = MemoryLayout<Element>.alignment
        isBitwise = _isPOD(Element.self)
        type = element
        copyElements = { source, target, count in
            target.assumingMemoryBound(to: Element.self)
                .initialize(from: source.assumingMemoryBound(to: Element.self), count: count)
        }
        moveElements = { source, target, count in
            target.assumingMemoryBound(to: Element.self)
                .moveInitialize(from: source.assumingMemoryBound(to: Element.self), count: count)
        }
        destroyElements = { base, count in
            base.assumingMemoryBound(to: Element.self).deinitialize(count: count)
        }
    }

    /// The type's name, as written in plans and messages.
    public var name: String { _typeName(type, qualified: false) }

    /// Moves or copies `batch` to uninitialised memory, after which the batch's elements are spent.
    @inlinable
    public func transfer(_ batch: RawBatch, to target: UnsafeMutableRawPointer) {
        guard batch.count > 0 else { return }
        if isBitwise {
            target.copyMemory(from: batch.base, byteCount: batch.count * stride)
        } else if batch.isOwned {
            moveElements(batch.base, target, batch.count)
        } else {
            copyElements(batch.base, target, batch.count)
        }
    }

    /// Destroys the remaining elements of an owned batch that is not read further. Does nothing to a lent batch.
    @inlinable
    public func discard(_ batch: RawBatch) {
        if batch.isOwned, batch.count > 0, !isBitwise { destroyElements(batch.base, batch.count) }
    }

    /// Destroys `count` elements at `base`.
    @inlinable
    public func destroy(_ base: UnsafeMutableRawPointer, count: Int) {
        if !isBitwise, count > 0 { destroyElements(base, count) }
    }
}
