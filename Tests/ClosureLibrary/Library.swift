/// A closure from another module.
public func libraryAdder(_ number: Int) -> @Sendable (Int) -> Int { { $0 + number } }

/// A generic closure from another module.
public func libraryPairs<Numbers: Collection, Text: CustomStringConvertible>(
    _ numbers: Numbers, _ text: Text
) -> (Int) -> String where Numbers.Element: Hashable {
    { "\(Set(numbers).count) \(text.description) \($0)" }
}
