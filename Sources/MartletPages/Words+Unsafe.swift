// Unsafe: the standard library checks in debug builds that a word lies inside its region; callers have compared the
// region's size with the layout before.

extension UnsafeRawBufferPointer {
    /// The little-endian number at `offset`, at any address.
    func word<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Word.Type) -> Word {
        unsafe Word(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes a little-endian number at `offset`, at any address.
    func setWord<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ word: Word) {
        unsafe storeBytes(of: word.littleEndian, toByteOffset: offset, as: Word.self)
    }
}
