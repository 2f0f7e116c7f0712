/// Names that others send, and that become names of files.
enum FileNames {
    /// Whether a text names one file in a directory, and nothing else.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255 && text != "." && text != ".." && !text.utf8.contains(UInt8(ascii: "/"))
            && !hasControlCharacters(text)
    }

    static func hasControlCharacters(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 32 || (127..<160).contains($0.value) }
    }
}
