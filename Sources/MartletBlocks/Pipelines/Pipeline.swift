public import MartletCore
public import MartletThreads

/// One narrow operator of a pipeline.
public struct Step: Sendable {
    public let kernel: Kernel
    public let input: ElementType
    public let output: ElementType
    /// For error messages: `map` at `Main.swift:12`.
    public let operation: String
    public let callSite: CallSite

    public init(
        kernel: @escaping Kernel, input: ElementType, output: ElementType, operation: String, callSite: CallSite
    ) {
        self.kernel = kernel
        self.input = input
        self.output = output
        self.operation = operation
        self.callSite = callSite
    }
}

/// A source and the narrow operators on top of it, run without recursion however long the chain is.
///
/// Each step may have input left when its output goes on (a `flatMap` in the middle of an expansion), so the deepest step that
/// has work runs first. Buffers are reused: a chain of maps needs two, whatever its length.
public final class Pipeline: BatchSource {
    private let source: BatchSource
    private let steps: [Step]
    private let bufferBytes: Int
    private let batchBytes: Int
    private let cancellation: CancellationFlag
    private var slots: [Slot]
    private var freeBuffers: [UnsafeMutableRawPointer] = []
    private var lentBuffer: UnsafeMutableRawPointer?
    private var level = -1

    private struct Slot {
        var input = RawBatch.end
        /// The buffer that holds `input`; nil where the memory is the source's.
        var buffer: UnsafeMutableRawPointer?
        var state: AnyObject?
        var isSuspended = false
        var hasWork: Bool { input.count > 0 || isSuspended }
    }

    /// - Parameter states: the initial state of each step that needs one (a join's table).
    public init(
        source: BatchSource, steps: [Step], states: [AnyObject?] = [], batchBytes: Int, cancellation: CancellationFlag
    ) {
        precondition(!steps.isEmpty, "a pipeline has at least one step")
        self.source = source
        self.steps = steps
        self.batchBytes = batchBytes
        self.cancellation = cancellation
        bufferBytes = steps.reduce(batchBytes) { max($0, $1.output.stride) }
        slots = Array(repeating: Slot(), count: steps.count)
        for (index, state) in states.enumerated() { slots[index].state = state }
    }

    deinit {
        for index in slots.indices { steps[index].input.discard(slots[index].input) }
        for slot in slots { slot.buffer?.deallocate() }
        for buffer in freeBuffers { buffer.deallocate() }
        lentBuffer?.deallocate()
    }

    public override func next() throws -> RawBatch {
        if let buffer = lentBuffer { freeBuffers.append(buffer) }
        lentBuffer = nil
        while true {
            while level >= 0, !slots[level].hasWork { retire(level) }
            if level < 0 {
                try cancellation.check()
                let batch = try source.next()
                if batch.isEmpty { return .end }
                slots[0].input = batch
                level = 0
            }
            let output = freeBuffers.popLast() ?? .allocate(byteCount: bufferBytes, alignment: 64)
            let produced = try run(level, into: output)
            if produced.count == 0 {
                freeBuffers.append(output)
            } else if level == steps.count - 1 {
                lentBuffer = output
                return produced
            } else {
                level += 1
                slots[level].input = produced
                slots[level].buffer = output
            }
        }
    }

    /// Step `index` has spent its input: its buffer is free, and the step before it is next.
    private func retire(_ index: Int) {
        if let buffer = slots[index].buffer { freeBuffers.append(buffer) }
        slots[index].buffer = nil
        level = index - 1
    }

    private func run(_ index: Int, into output: UnsafeMutableRawPointer) throws -> RawBatch {
        let step = steps[index]
        var frame = KernelFrame(
            input: slots[index].input, output: output,
            capacity: BatchBuffer.capacity(stride: step.output.stride, batchBytes: bufferBytes),
            state: slots[index].state, isSuspended: slots[index].isSuspended)
        defer {
            slots[index].input.advance(by: frame.consumed, stride: step.input.stride)
            slots[index].state = frame.state
            slots[index].isSuspended = frame.isSuspended
        }
        do {
            try runOperator(step.operation, at: step.callSite) { try step.kernel(&frame) }
        } catch {
            step.output.destroy(output, count: frame.produced)
            freeBuffers.append(output)
            throw error
        }
        return RawBatch(base: output, count: frame.produced, isOwned: true)
    }
}
