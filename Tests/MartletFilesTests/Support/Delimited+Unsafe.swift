// Unsafe: a record is copied before the next call on the reader.

import MartletFiles

/// The records that a reader gives, each with its place in its file.
func readRecords(
    _ splits: [InputSplit], delimiter: [UInt8], blockBytes: Int
) throws(FileError) -> [(offset: Int, bytes: [UInt8])] {
    let reader = DelimitedReader(splits: splits, delimiter: delimiter, blockBytes: blockBytes)
    var records: [(offset: Int, bytes: [UInt8])] = []
    while let bytes = unsafe try reader.nextRecord() {
        unsafe records.append((reader.recordOffset, Array(bytes)))
    }
    return records
}

/// What a text's records are, found byte by byte from its start.
func expectedRecords(_ text: [UInt8], delimiter: [UInt8]) -> [(offset: Int, bytes: [UInt8])] {
    var records: [(offset: Int, bytes: [UInt8])] = []
    var (start, index) = (0, 0)
    while index < text.count {
        if text[index...].starts(with: delimiter) {
            records.append((start, Array(text[start..<index])))
            index += delimiter.count
            start = index
        } else {
            index += 1
        }
    }
    return start < text.count ? records + [(start, Array(text[start...]))] : records
}
