import Glibc
import MartletBlocks
import MartletCore
import MartletStatistics
import MartletThreads
import TestSupport

extension SeededGenerator {
    /// Text of up to `length` scalars, many of which compose, decompose or change their order in normal forms.
    mutating func text(_ length: Int) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "z", "A", "K", " ", "\u{0}", "~", "\u{7F}", "e", "o", "\u{301}", "\u{327}", "\u{323}", "\u{308}", "\u{E9}",
            "\u{212A}", "\u{C5}", "\u{212B}", "\u{30A}", "\u{1100}", "\u{1161}", "\u{11A8}", "\u{AC00}", "\u{1F426}", "\u{FFFD}",
            "\u{D7FF}", "\u{E000}", "\u{FB01}", "\u{80}", "\u{2126}", "\u{3A9}", "\u{F900}", "\u{8C48}", "\u{1D15E}",
        ]
        var view = String.UnicodeScalarView()
        let isASCII = next() % 3 == 0
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            view.append(scalars[Int.random(in: 0..<(isASCII ? 11 : scalars.count), using: &self)])
        }
        return String(view)
    }
}

/// Memory of a task of its own.
func taskMemory(
    _ capacity: Int = 1 << 30, spillEvery: Int? = nil, didSpill: @escaping (Int) -> Void = { _ in }
) -> TaskMemory {
    TaskMemory(
        MemoryStore(MemoryLedger(capacity: capacity, storageFraction: 0.5)), task: TaskID(0), slots: 1,
        scratch: ScratchSpace(places: [memoryDirectory]), cancellation: CancellationFlag(),
        spillEvery: spillEvery, didSpill: didSpill)
}
