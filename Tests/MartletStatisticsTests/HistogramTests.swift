import MartletStatistics
import Testing

@Suite struct HistogramTests {
    private func counts(_ values: [Double], _ edges: [Double], even: Bool = false) -> [Int] {
        var histogram = Histogram(edges: edges, even: even)
        for value in values { histogram.add(value) }
        return histogram.counts
    }

    private let mixed = [-0.01, 0, 1, 2, 3, 5, 6, 11.01, 12, 199, 200, 200.1, .nan]

    @Test func edges() {
        #expect(counts([], [0, 10]) == [0])
        #expect(counts([10.01, -0.01], [0, 10]) == [0])
        #expect(counts([1, 2, 3, 4], [1, 4]) == [4])
        #expect(counts([1, 2, 3, 4], [0, 4]) == [4])
        #expect(counts([10.01, -0.01], [0, 5, 10]) == [0, 0])
        #expect(counts([1, 2, 3, 5, 6, 10, -0.0], [0, 5, 10]) == [4, 3])
        #expect(counts([1, 5, 11, 12, 199, 200], [0, 5, 11]) == [1, 2])
        #expect(counts(mixed, [0, 5, 11, 12, 200]) == [4, 2, 1, 3])
        #expect(counts([1, 1, 2], [1, 1]) == [2])
        #expect(counts([0, 1, 2], [0, 1, 1, 2]) == [1, 0, 2])
    }

    @Test func infinityAndNaN() {
        #expect(counts([10.01, -0.01, .nan], [-.infinity, 0, .infinity]) == [1, 1])
        #expect(counts([.infinity, -.infinity], [-.infinity, 0, .infinity], even: true) == [1, 1])
        #expect(counts(mixed, [0, 5, 11, 12, 200, .nan]) == [4, 2, 1, 2, 3])
        #expect(counts(mixed + [.infinity, -.infinity], [0, 5, 11, 12, 200, .nan]) == [4, 2, 1, 2, 4])
    }

    @Test func evenBucketsAreTheSameBuckets() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let lowest = Double.random(in: -5...5, using: &generator)
            let highest = lowest + Double.random(in: 0...3, using: &generator)
            let edges = Histogram(from: lowest, through: highest, buckets: Int.random(in: 1...40, using: &generator)).edges
            let values = edges + edges.map { $0.nextDown } + edges.map { $0.nextUp }
                + (0..<50).map { _ in Double.random(in: -6...9, using: &generator) }
            #expect(counts(values, edges, even: true) == counts(values, edges))
        }
        // A wrong promise costs time, not correctness.
        #expect(counts([1, 2, 3, 50, 60], [0, 1, 2, 100], even: true) == [0, 1, 4])
    }

    @Test func rangesInBuckets() {
        #expect(Histogram(from: 1, through: 4, buckets: 2).edges == [1, 2.5, 4])
        #expect(Histogram(from: 1, through: 1, buckets: 7).edges == [1, 1])
        #expect(Histogram(from: 6, through: 99, buckets: 9).edges[1] == 16.333333333333336)
        #expect(Histogram(from: -1.5e308, through: 1.5e308, buckets: 2).edges == [-1.5e308, 0, 1.5e308])
        let narrow = Histogram(from: 1, through: 1.0.nextUp, buckets: 1000)
        #expect(narrow.counts.count == 1000 && narrow.edges[1000] == 1.0.nextUp)
        var huge = Histogram(from: 0, through: 1e30, buckets: 100_000)
        for value in [0, 1, 1e24, 1e30] { huge.add(value) }
        #expect(huge.counts[0] == 3 && huge.counts[1] == 0 && huge.counts[99_999] == 1)
    }

    @Test func problems() {
        #expect(Histogram.problem(with: []) == "a histogram needs at least two edges, not 0")
        #expect(Histogram.problem(with: [1]) == "a histogram needs at least two edges, not 1")
        #expect(Histogram.problem(with: [1, 3, 2]) == "edges must ascend, but edge 2 is 2.0 after 3.0")
        #expect(Histogram.problem(with: [.nan, 1]) == "edges must ascend, but edge 1 is 1.0 after nan")
        #expect(Histogram.problem(with: [.nan, .nan]) == "only the last edge may be NaN")
        #expect(Histogram.problem(with: [1, .nan]) == nil)
    }
}
