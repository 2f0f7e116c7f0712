import MartletPortable
import Testing

/// Closures encoded and decoded within one process.
@Suite struct GraphTests {
    @Test func theSameGraphGivesTheSameBytes() throws {
        let list = [1, 2, 3].map { $0 * 2 }, name = "name \(list.count)"
        let function: (Int) -> String = { name + "\(list[$0])" }
        let graphs = try (0..<2).map { _ in try GraphCoder.encode(function) }
        #expect(graphs[0].bytes == graphs[1].bytes)
    }

    @Test func theSelfCheckPasses() throws { try GraphCoder.selfCheck() }

    @Test func largeValuesTravelByThemselvesAndOnce() throws {
        let numbers = (0..<1_000_000).map { $0 }, copyOfNumbers = (0..<1_000_000).map { $0 }
        let words = (0..<200_000).map { "a word of some length \($0)" }
        let text = String(repeating: "x", count: 3_000_000)
        let functions: [(Int) -> Int] = [
            { numbers[$0] }, { numbers[$0 + 1] + text.utf8.count }, { words[$0].utf8.count }, { copyOfNumbers[$0] + words.count },
        ]
        let graph = try GraphCoder.encode(functions)
        #expect(graph.bytes.count < 2_000 && graph.sharedValues.count == 3)
        #expect(graph.sharedValues.map(\.count).max() == 8_000_003)
        let made = try GraphCoder.decode([(Int) -> Int].self, from: graph)
        for (index, function) in functions.enumerated() { #expect(made[index](5) == function(5)) }
    }

    @Test func aMissingPartIsNamed() throws {
        let numbers = (0..<1_000_000).map { $0 }
        let function: (Int) -> Int = { numbers[$0] }
        let graph = try GraphCoder.encode(function)
        let error = #expect(throws: PortableError.self) {
            try GraphCoder.decode(
                ((Int) -> Int).self, from: PortableGraph(bytes: graph.bytes, sharedValues: []))
        }
        #expect(error?.description == "part \(graph.sharedValues[0].hash) could not be had: it did not come with the graph")
    }

    @Test func checkLooksAtCapturesButNotAtValues() throws {
        let numbers = (0..<100).map { $0 }
        try GraphCoder.check({ numbers[$0] } as (Int) -> Int)
        final class Socket {}
        let socket = Socket()
        let inner: (Int) -> Bool = { $0 == numbers.count && socket === socket }
        let error = #expect(throws: PortableError.self) {
            try GraphCoder.check({ (x: Int) in inner(x) ? numbers.count : 0 })
        }
        #expect(error?.description
            == "capture 0 > capture 1: Socket is a class without Codable: make it Codable, or open it inside mapPartitions")
    }

    @Test func partsOfStructsAreNamed() {
        struct Stage { var name: String; var tables: [String: (Int) -> Int] }
        let pointer = UnsafeRawPointer(bitPattern: 16)!
        let stage = Stage(name: "s", tables: ["a": { $0 + (pointer == UnsafeRawPointer(bitPattern: 8) ? 1 : 0) }])
        #expect(refusal(stage)
            == "Stage.tables.value > capture 0: UnsafeRawPointer holds an address of this process")
    }

    @Test func anotherTypeIsRefused() throws {
        let number = 3
        let graph = try GraphCoder.encode({ $0 + number } as (Int) -> Int)
        let error = #expect(throws: PortableError.self) {
            try GraphCoder.decode(((Int) -> String).self, from: graph)
        }
        #expect(error?.description.hasSuffix("it is a (Int) -> Int") == true)
    }

    /// Neither side may use the stack for nested objects; calling and freeing the chain does.
    @Test func a100000ClosuresInsideEachOther() throws {
        let problem = onLargeStack {
            var function: (Int) -> Int = { $0 }
            for step in 0..<100_000 {
                let inner = function
                function = { inner($0) + step & 1 }
            }
            do {
                let made = try copy(function)
                return made(7) == function(7) ? nil : "it gives \(made(7))"
            } catch {
                return "\(error)"
            }
        }
        #expect(problem == nil)
    }
}
