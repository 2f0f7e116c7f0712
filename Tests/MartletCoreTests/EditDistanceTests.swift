@testable import MartletCore
import Testing

@Suite struct EditDistanceTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abd", 1), ("abc", "acb", 1),
        ("local", "locla", 1), ("kitten", "sitting", 3), ("martlet", "market", 2),
    ])
    func distance(_ left: String, _ right: String, _ expected: Int) {
        #expect(editDistance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == expected)
        #expect(editDistance(Array(right.unicodeScalars), Array(left.unicodeScalars)) == expected)
    }

    @Test func nearestTakesTheFirstOfEquallyNearOnesAndRefusesStrangers() {
        #expect(nearest(to: "map", in: ["filter", "mop", "mad"]) == "mop")
        #expect(nearest(to: "map", in: ["mop", "map"]) == "map")
        #expect(nearest(to: "map", in: ["reduceByKey", "f"]) == nil)
        #expect(nearest(to: "map", in: []) == nil)
        #expect(nearest(to: String(repeating: "x", count: 100_000), in: ["map"]) == nil)
    }
}
