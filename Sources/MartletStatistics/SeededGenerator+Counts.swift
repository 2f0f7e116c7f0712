import Glibc

extension SeededGenerator {
    /// The largest number that is divided by draws: beyond it, neighbouring integers are one floating-point number.
    package static let mostTrials = 1 << 53

    /// The number of successes in `trials` trials with the same probability of success.
    ///
    ///     var generator = SeededGenerator(seed: 7)
    ///     generator.nextBinomial(trials: 10, probability: 1)   // 10
    ///
    /// - Parameter trials: 0 to 2^53.
    /// - Complexity: O(√trials).
    public mutating func nextBinomial(trials: Int, probability: Double) -> Int {
        precondition(
            (0...Self.mostTrials).contains(trials) && (0...1).contains(probability),
            "\(trials) trials with a probability of \(probability) cannot be drawn")
        if probability == 0 || trials == 0 { return 0 }
        if probability == 1 { return trials }
        let count = Double(trials)
        let mode = Swift.min(count, ((count + 1) * probability).rounded(.down))
        let peak = exp(
            logChoices(count, mode) + mode * log(probability) + (count - mode) * log1p(-probability))
        let odds = probability / (1 - probability)
        let draw = CountDraw(mode: mode, peak: peak, lowest: 0, highest: count)
        return draw.draw(&self) { (count - $0) / ($0 + 1) * odds }
    }

    /// The number of marked items among `drawn` items, if `marked` of all `total` items are marked and no item is drawn
    /// twice.
    ///
    ///     var generator = SeededGenerator(seed: 7)
    ///     generator.nextHypergeometric(drawn: 5, marked: 3, total: 5)   // 3
    ///
    /// - Parameter total: 0 to 2^53.
    /// - Complexity: O(√drawn).
    public mutating func nextHypergeometric(drawn: Int, marked: Int, total: Int) -> Int {
        precondition(
            drawn >= 0 && marked >= 0 && drawn <= total && marked <= total && total <= Self.mostTrials,
            "\(drawn) of \(total) with \(marked) marked cannot be drawn")
        let (drawn, marked, total) = (Double(drawn), Double(marked), Double(total))
        let lowest = Swift.max(0, drawn + marked - total)
        let highest = Swift.min(drawn, marked)
        if lowest == highest { return Int(lowest) }
        let middle = ((drawn + 1) / (total + 2) * (marked + 1)).rounded(.down)
        let mode = Swift.max(lowest, Swift.min(highest, middle))
        let peak = exp(
            logChoices(marked, mode) + logChoices(total - marked, drawn - mode) - logChoices(total, drawn))
        let draw = CountDraw(mode: mode, peak: peak, lowest: lowest, highest: highest)
        return draw.draw(&self) { count in
            (marked - count) / (count + 1) * ((drawn - count) / (total - marked - drawn + count + 1))
        }
    }
}
