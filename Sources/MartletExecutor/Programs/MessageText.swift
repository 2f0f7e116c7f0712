extension Error {
    /// The error's text, truncated if it is longer than a message should carry.
    var messageText: String {
        let text = "\(self)"
        let (limit, count) = (64 << 10, text.utf8.count)
        return count <= limit ? text : "\(text.prefix(limit / 4))... (\(count) bytes in all)"
    }
}
