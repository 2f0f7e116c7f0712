// Unsafe: `getenv` returns a string that ends with a zero byte, or nil; it is copied at once.

import Glibc
import MartletStatistics

extension SeededGenerator {
    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// The seeds of a property test: `count` fresh ones, or the one of `MARTLET_SEED`.
func propertySeeds(_ count: Int) -> [UInt64] {
    if let text = unsafe getenv("MARTLET_SEED"), let seed = UInt64(unsafe String(cString: text)) {
        return [seed]
    }
    var system = SystemRandomNumberGenerator()
    return (0..<count).map { _ in system.next() >> 16 }
}
