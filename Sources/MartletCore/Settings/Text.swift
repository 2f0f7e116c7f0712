/// The text without spaces and tabs at its ends.
func trimmed(_ text: some StringProtocol) -> String {
    let tail = text.drop { $0.isWhitespace }
    guard let last = tail.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(tail[...last])
}
