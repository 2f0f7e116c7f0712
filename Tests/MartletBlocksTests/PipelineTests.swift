import MartletBlocks
import MartletCore
import MartletThreads
import TestSupport
import Testing

@Suite struct PipelineTests {
    struct Refusal: Error {}

    private func step<Input, Output>(
        _: Input.Type, _: Output.Type, _ kernel: @escaping Kernel
    ) -> Step {
        Step(
            kernel: kernel, input: ElementType(Input.self), output: ElementType(Output.self), operation: "step",
            callSite: CallSite(file: "Tests/Pipeline.swift", line: 9))
    }

    private func pipeline(
        _ source: BatchSource, _ steps: [Step], batchBytes: Int = 256, _ flag: CancellationFlag = CancellationFlag()
    ) -> Pipeline {
        Pipeline(source: source, steps: steps, batchBytes: batchBytes, cancellation: flag)
    }

    private func repeated(_ count: Int) -> Step {
        step(String.self, String.self) { frame in
            try frame.flatMap { (text: String) in repeatElement(text, count: (text.utf8.count * 7) % (count + 1)) }
        }
    }

    /// Suspending steps on top of each other, with every small batch size.
    @Test(arguments: [16, 32, 48, 100, 256, 4096], [true, false])
    func suspendingSteps(_ batchBytes: Int, _ isOwned: Bool) throws {
        let texts = (0..<150).map { String(repeating: "x", count: $0 % 23) }
        func repeated(_ texts: [String], _ count: Int) -> [String] {
            texts.flatMap { repeatElement($0, count: ($0.utf8.count * 7) % (count + 1)) }
        }
        let steps = [
            self.repeated(3), self.repeated(5),
            step(String.self, String.self) { frame in try frame.filter { (text: String) in text.utf8.count % 2 == 0 } },
            self.repeated(2),
            step(String.self, Int.self) { frame in try frame.map { (text: String) in text.utf8.count } },
        ]
        let expected = repeated(
            repeated(repeated(texts, 3), 5).filter { $0.utf8.count % 2 == 0 }, 2
        ).map(\.utf8.count)
        let source = ArraySource(texts, batchCount: 40, isOwned: isOwned)
        let made = pipeline(source, steps, batchBytes: batchBytes)
        #expect(try made.rest(Int.self) == expected)
        #expect(try made.next().isEmpty, "a source that has ended stays ended")
    }

    @Test func aBatchIsNeverEmptyNorTooLarge() throws {
        let made = pipeline(
            ArraySource(Array(0..<10_000), batchCount: 4000),
            [step(Int.self, Int.self) { frame in try frame.flatMap { (value: Int) in 0..<(value % 9) } }], batchBytes: 512)
        var sizes: [Int] = []
        try made.forEachBatch { sizes.append($0.count) }
        #expect(sizes.allSatisfy { (1...64).contains($0) })
        let expected = (0..<10_000).map { $0 % 9 }
        #expect(sizes.reduce(0, +) == expected.reduce(0, +))
    }

    @Test func elementsLargerThanABatch() throws {
        typealias Large = InlineArray<1000, Int>
        let made = pipeline(
            ArraySource(Array(0..<20)),
            [
                step(Int.self, Large.self) { frame in try frame.map { (value: Int) in Large(repeating: value) } },
                step(Large.self, Int.self) { frame in try frame.map { (large: Large) in large[999] } },
            ], batchBytes: 64)
        #expect(try made.rest(Int.self) == Array(0..<20))
    }

    @Test func aLongChain() throws {
        let steps = (0..<20_000).map { _ in
            step(Int.self, Int.self) { frame in try frame.map { (value: Int) in value + 1 } }
        }
        #expect(try pipeline(ArraySource(Array(0..<300)), steps).rest(Int.self) == Array(20_000..<20_300))
    }

    /// A pipeline that fails, or is dropped in the middle, destroys its elements once.
    @Test(arguments: [true, false], ["fails", "dropped", "source fails"])
    func elementsInFlight(_ isOwned: Bool, _ end: String) throws {
        weak var watched: Box?
        do {
            let box = Box()
            watched = box
            let made = pipeline(
                ArraySource(Array(repeating: box, count: 500), batchCount: 90, isOwned: isOwned, fails: end == "source fails"),
                [
                    step(Box.self, Box.self) { frame in try frame.flatMap { (box: Box) in repeatElement(box, count: 50) } },
                    step(Box.self, Box.self) { frame in try frame.filter { (box: Box) in try box.isWanted(end) } },
                    step(Box.self, Box.self) { frame in try frame.flatMap { (box: Box) in [box, box] } },
                ])
            switch end {
            case "dropped":
                let batch = try made.next()
                #expect(batch.count > 0)
                ElementType(Box.self).discard(batch)
            case "fails":
                let error = #expect(throws: OperatorFailure.self) { try made.rest(Box.self) }
                #expect(error?.description == "step at Pipeline.swift:9: Refusal()")
            default:
                #expect(throws: ArraySource<Box>.Failure.self) { try made.rest(Box.self) }
            }
            #expect(isKnownAlive(box))
        }
        #expect(watched == nil)
    }

    private func isKnownAlive(_ box: Box) -> Bool { box.name == "box" }

    /// A class, so that wrong reference counts show.
    final class Box: Sendable {
        let name = "box"
        private let calls = Calls()

        func isWanted(_ end: String) throws -> Bool {
            if calls.next() == 3333, end == "fails" { throw Refusal() }
            return true
        }
    }

    @Test func cancelling() throws {
        let flag = CancellationFlag()
        let made = pipeline(
            ArraySource(Array(0..<1000), batchCount: 10),
            [step(Int.self, Int.self) { frame in try frame.map { (value: Int) in value } }], flag)
        #expect(try made.next().count == 10)
        flag.cancel()
        #expect(throws: CancellationError.self) { try made.next() }
    }

    @Test func errorsAreLocatedOnce() {
        let inner = Refusal().located(operation: "map", callSite: CallSite(file: "A/B.swift", line: 1))
        let outer = inner.located(operation: "collect", callSite: CallSite(file: "A/C.swift", line: 2))
        #expect("\(outer)" == "map at B.swift:1: Refusal()")
        let cancelled = CancellationError().located(operation: "map", callSite: CallSite(file: "A/B.swift", line: 1))
        #expect(cancelled is CancellationError)
    }

    @Test func concatenation() throws {
        let opened = Calls()
        let sources = [[1, 2], [], [3], []].map { rows -> () throws -> BatchSource in
            {
                _ = opened.next()
                return ArraySource(rows)
            }
        }
        let source = ConcatenatedSource(sources)
        #expect(opened.count == 0)
        #expect(try source.next().count == 2)
        #expect(opened.count == 1, "a source is opened when its turn comes")
        #expect(try source.rest(Int.self) == [3])
        #expect(opened.count == 4)
        #expect(try source.next().isEmpty)
        #expect(try ConcatenatedSource([]).next().isEmpty)
    }
}
