/// An optional as a sequence.
@frozen @usableFromInline
struct OneOrNone<Element>: Sequence, IteratorProtocol {
    @usableFromInline var element: Element?

    @inlinable init(_ element: Element?) { self.element = element }

    @inlinable @inline(__always)
    mutating func next() -> Element? { element.take() }
}
