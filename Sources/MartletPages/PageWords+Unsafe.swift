// Unsafe: an array's bytes are lent for the call.

// Pages whose content is little-endian words.

extension PageFileWriter {
    /// Appends a page of words.
    ///
    /// - Parameter recordWords: the words in a record; the number of words is a multiple of it.
    package func append(words: [UInt64], elementHash: UInt64, recordWords: Int) throws(PageError) {
        let words = words.map(\.littleEndian)
        let result: Result<Int, PageError> = unsafe words.withUnsafeBytes { content in
            do throws(PageError) {
                return .success(
                    unsafe try append(
                        content, count: words.count, elementHash: elementHash, recordBytes: 8 * recordWords))
            } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
    }

    /// Appends a page of words that is stored raw, so that its size is known.
    package func append(rawWords words: [UInt64], elementHash: UInt64) throws(PageError) {
        let words = words.map(\.littleEndian)
        var page: [UInt8] = []
        let result: Result<PageHeader, PageError> = unsafe words.withUnsafeBytes { content in
            do throws(PageError) {
                return .success(
                    unsafe try PageEncoder(codec: .raw).encode(
                        content, count: words.count, elementHash: elementHash, into: &page))
            } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
        try append(encoded: page.span)
    }
}

extension Page {
    /// The content as words, without an incomplete word at its end.
    package var words: [UInt64] {
        var words: [UInt64] = []
        unsafe withContent { content in
            words.reserveCapacity(content.count / 8)
            for offset in stride(from: 0, to: content.count & ~7, by: 8) {
                unsafe words.append(content.word(offset, as: UInt64.self))
            }
        }
        return words
    }
}
