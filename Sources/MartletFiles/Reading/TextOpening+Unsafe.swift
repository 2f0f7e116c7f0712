// Unsafe: `bytes` is filled by a read that is told its size.

/// A text file, open at its start or at the start of a split.
struct OpenText {
    /// What is read from there.
    let source: any ByteSource
    /// Where in the uncompressed text that is.
    let offset: Int
    /// The end of what the split owns, which is all of a compressed file.
    let ownedEnd: Int
}

extension InputSplit {
    /// Opens the file.
    ///
    /// - Throws: `unknownScheme`, `notFound`, `notReadable`, `changed`.
    func open() throws(FileError) -> any InputFile { try FileSystems.of(path).open(self) }

    /// Opens the file at the first byte of text that the split may own: behind a byte order mark at the file's start, else
    /// `before` bytes ahead of the split.
    ///
    /// At a file's start, its first bytes decide how it is compressed.
    /// - Throws: `notFound`, `notReadable`, `changed`, `readFailed`, `foreignFormat`, and what a decoder throws.
    func openText(before: Int = 0) throws(FileError) -> OpenText {
        if offset > 0 {
            return OpenText(source: try PlainSource(self, from: offset - before), offset: offset - before, ownedEnd: end)
        }
        let file = try open()
        let first = try FirstBytes(of: file)
        let codec = try codec(for: first)
        if codec == .plain {
            let start = first.meaning == .markedText ? FirstBytes.byteOrderMark.count : 0
            // The first line is the first split's, also where that ends inside of the mark.
            return OpenText(source: PlainSource(file, from: start), offset: start, ownedEnd: start == 0 ? end : max(end, start + 1))
        }
        guard length == fileSize else {
            throw .notReadable(path: path, reason: "it holds \(codec) data, and did not when the input was planned; run the job again")
        }
        let source = CompressedSource(file, codec)
        return OpenText(source: source, offset: try source.beginText(), ownedEnd: .max)
    }

    /// How the text is compressed, by the file's first bytes, or else by its name.
    private func codec(for first: FirstBytes) throws(FileError) -> Codec {
        // A name may stand for several formats, and some begin alike.
        if codec != .plain, first.mayBegin(as: codec) { return codec }
        switch first.meaning {
        case .compressed(let found): return found
        case .foreign(let format): throw .foreignFormat(path: path, format: format)
        case .markedText where codec == .plain, .unknown where codec == .plain: return .plain
        case .markedText, .unknown:
            if path.utf8.suffix(5).elementsEqual(".lzma".utf8) { return codec }
            throw .corrupt(
                path: path, codec: codec, offset: 0,
                detail: "it does not begin as \(codec) data does; if it is not compressed, give it another name")
        }
    }
}

extension FirstBytes {
    /// The first bytes of a file.
    ///
    /// - Throws: `readFailed`, `changed`.
    init(of file: any InputFile) throws(FileError) {
        var bytes = [UInt8](repeating: 0, count: min(Self.wantedCount, file.size))
        var failure: FileError?
        unsafe bytes.withUnsafeMutableBytes { space in
            do throws(FileError) {
                _ = unsafe try file.read(into: space, at: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.bytes = bytes
    }
}
