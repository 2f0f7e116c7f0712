import Glibc

extension SeededGenerator {
    /// How many of `trials` succeed, each with the same probability.
    ///
    ///     var generator = SeededGenerator(seed: 7)
    ///     generator.nextBinomial(trials: 10, probability: 1)   // 10
    ///
    /// - Complexity: O(√trials).
    public mutating func nextBinomial(trials: Int, probability: Double) -> Int {
        precondition(trials >= 0 && probability >= 0 && probability <= 1, "no such trials")
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

    /// How many of `drawn` things are marked, when `marked` of all `total` are, and none is drawn twice.
    ///
    ///     var generator = SeededGenerator(seed: 7)
    ///     generator.nextHypergeometric(drawn: 5, marked: 3, total: 5)   // 3
    ///
    /// - Complexity: O(√drawn).
    public mutating func nextHypergeometric(drawn: Int, marked: Int, total: Int) -> Int {
        precondition(drawn >= 0 && marked >= 0 && drawn <= total && marked <= total, "more is drawn than there is")
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
