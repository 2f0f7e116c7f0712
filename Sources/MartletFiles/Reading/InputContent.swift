/// What files are read as.
package enum InputContent: Sendable {
    /// Text: it is decompressed, and what is none is refused.
    case text
    /// Bytes as they are stored.
    case bytes
}
