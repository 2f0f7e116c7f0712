public import MartletBlocks
public import MartletCore

extension RDD {
    /// Each element replaced by the words or fields of a text: `flatMap` that scans straight into the output batch.
    ///
    ///     let fields = context.textLines("people.csv").flatMap { $0.fields(separator: ",") }
    ///     try await fields.take(3)   // ["Ada", "36", "London"]
    @inlinable @inline(__always)
    public func flatMap<Segments: TextSegments>(
        _ transform: @escaping @Sendable (Element) throws -> Segments, file: String = #fileID, line: Int = #line
    ) -> RDD<String> {
        step("flatMap", CallSite(file: file, line: line), String.self) { frame in
            try scanSegments(&frame, transform)
        }
    }
}

@inlinable @inline(__always)
func scanSegments<Input, Segments: TextSegments>(
    _ frame: inout KernelFrame, _ transform: (Input) throws -> Segments
) throws {
    let batch: Batch<Input> = frame.input.elements()
    let target = frame.output.assumingMemoryBound(to: String.self)
    var index = 0
    var made = 0
    if frame.isSuspended, let state = frame.state {
        let pending = unsafeDowncast(state, to: PendingSegments<Segments>.self)
        made = pending.text.withPaddedUTF8 { bytes in
            pending.segments.scan(bytes, from: &pending.position, into: target, capacity: frame.capacity)
        }
        if pending.position < 0 {
            frame.isSuspended = false
            frame.state = nil
        }
    }
    do {
        while !frame.isSuspended, index < batch.count, made < frame.capacity {
            let element = batch.take(index)
            index &+= 1
            let segments = try transform(element)
            var position = 0
            made &+= segments.text.withPaddedUTF8 { bytes in
                segments.scan(bytes, from: &position, into: target + made, capacity: frame.capacity &- made)
            }
            if position >= 0 {
                frame.state = PendingSegments(segments, TextLine(of: segments.text), position)
                frame.isSuspended = true
            }
        }
    } catch {
        frame.consumed = index
        frame.produced = made
        throw error
    }
    frame.consumed = index
    frame.produced = made
}

/// A text that is cut only in part, since the output is full: copied once, even if it fills the output several times.
public final class PendingSegments<Segments: TextSegments> {
    @usableFromInline let segments: Segments
    @usableFromInline let text: TextLine
    @usableFromInline var position: Int

    @inlinable
    init(_ segments: Segments, _ text: TextLine, _ position: Int) {
        self.segments = segments
        self.text = text
        self.position = position
    }
}
