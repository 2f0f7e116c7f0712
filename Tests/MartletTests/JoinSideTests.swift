import Martlet
import Testing

/// A join builds its table on either side; which one makes no difference to the result.
@Suite struct JoinSideTests {
    @Test(arguments: [0, 1, 3, 4000], [0, 1, 5000])
    func eitherSideMayHoldReferences(_ leftCount: Int, _ rightCount: Int) async throws {
        let context = try makeContext()
        let lists = (0..<leftCount).map { ($0 % 900, [$0, -$0]) }
        let numbers = (0..<rightCount).map { ($0 % 1300, Double($0)) }
        var expected: [String] = []
        var byKey: [Int: [Double]] = [:]
        for (key, number) in numbers { byKey[key, default: []].append(number) }
        for (key, list) in lists { for number in byKey[key] ?? [] { expected.append("\(key) \(list) \(number)") } }
        expected.sort()

        let left = context.parallelize(lists, partitions: 3)
        let right = context.parallelize(numbers, partitions: 2)
        let built = try await left.join(right).collect().map { "\($0.0) \($0.1.0) \($0.1.1)" }
        #expect(built.sorted() == expected)
        let turned = try await right.join(left).collect().map { "\($0.0) \($0.1.1) \($0.1.0)" }
        #expect(turned.sorted() == expected)
    }
}
