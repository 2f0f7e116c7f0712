/// A line of a text file does not have the example's format.
public struct BadLine: Error, CustomStringConvertible {
    let line: String
    let expected: String

    public init(_ line: String, expected: String) {
        self.line = line
        self.expected = expected
    }

    public var description: String { "'\(line)' is not \(expected)" }
}

/// The numbers of a line, with blanks between them.
///
/// - Throws: `BadLine` if the line is empty or holds anything but numbers.
public func numbers(in line: String) throws -> [Double] {
    let words = line.split(whereSeparator: \.isWhitespace)
    let numbers = words.compactMap { Double($0) }
    guard !numbers.isEmpty, numbers.count == words.count else { throw BadLine(line, expected: "a list of numbers") }
    return numbers
}

extension Double {
    /// The number with a few decimals, for display.
    public func rounded(decimals: Int) -> Double {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
