// Unsafe: a block is read before the next call of its reader.

import MartletFiles
import Testing

/// What a reader gave of one file, in one piece.
struct FileText: Equatable {
    var path: String
    var bytes: [UInt8]
}

/// Reads one partition of lines and checks the promises of each block.
///
/// - Returns: one entry for each run of blocks that join without a gap.
func readLines(_ splits: [InputSplit], blockBytes: Int = 1 << 18) throws(FileError) -> [FileText] {
    var texts: [FileText] = []
    var end = 0
    let reader = LineBlockReader(splits: splits, blockBytes: blockBytes)
    while let block = unsafe try reader.nextBlock() {
        #expect(block.count > 0)
        unsafe touchPadding(after: block)
        if let last = texts.last, last.path == reader.currentPath, end == reader.blockOffset,
            endsLine(last.bytes)
        {
            unsafe texts[texts.count - 1].bytes += block
        } else {
            texts.append(FileText(path: reader.currentPath, bytes: unsafe Array(block)))
        }
        end = reader.blockOffset + block.count
    }
    #expect(try reader.nextBlockCount() == nil, "the end stays the end")
    return texts
}

/// Reads all partitions; every partition must end at a line end or at a file's end.
func readAllLines(_ plan: InputPlan, blockBytes: Int = 1 << 18) throws(FileError) -> [FileText] {
    var texts: [FileText] = []
    for partition in plan.partitions {
        for text in try readLines(partition, blockBytes: blockBytes) {
            if let last = texts.last, last.path == text.path, endsLine(last.bytes) {
                texts[texts.count - 1].bytes += text.bytes
            } else {
                texts.append(text)
            }
        }
    }
    return texts
}

private func endsLine(_ bytes: [UInt8]) -> Bool { bytes.last == 10 || bytes.last == 13 }

/// The lines of a text that start in a range, with their ends, found byte by byte.
func expectedLines(_ text: [UInt8], startingIn range: Range<Int>) -> [UInt8] {
    var (lines, start, index): ([UInt8], Int, Int) = ([], 0, 0)
    while index < text.count {
        let byte = text[index]
        index += 1
        let isPair = byte == 13 && index < text.count && text[index] == 10
        if isPair { index += 1 }
        guard byte == 10 || byte == 13 || index == text.count else { continue }
        if range.contains(start) { lines += text[start..<index] }
        start = index
    }
    return lines
}

func readRecords(_ splits: [InputSplit], length: Int, blockBytes: Int = 1 << 18) throws(FileError) -> [UInt8]
{
    var bytes: [UInt8] = []
    let reader = RecordBlockReader(splits: splits, recordLength: length, blockBytes: blockBytes)
    while let block = unsafe try reader.nextBlock() {
        #expect(block.count > 0 && block.count % length == 0)
        unsafe touchPadding(after: block)
        unsafe bytes += block
    }
    return bytes
}

extension LineBlockReader {
    /// The size of the next block.
    func nextBlockCount() throws(FileError) -> Int? { unsafe try nextBlock()?.count }
}

extension LineBlockReader {
    func nextText() throws(FileError) -> String? { unsafe try nextBlock().map { unsafe String(decoding: $0, as: UTF8.self) } }
}

extension DelimitedReader {
    func nextText() throws(FileError) -> String? { unsafe try nextRecord().map { unsafe String(decoding: $0, as: UTF8.self) } }
}

extension WholeFileReader {
    func nextText() throws(FileError) -> String? { unsafe try nextFile().map { unsafe String(decoding: $0, as: UTF8.self) } }
}

extension RecordBlockReader {
    func nextBytes() throws(FileError) -> [UInt8]? { unsafe try nextBlock().map { unsafe Array($0) } }

    /// The size of the next block.
    func nextBlockCount() throws(FileError) -> Int? { unsafe try nextBlock()?.count }
}

/// Reads the 64 bytes after a block: a tool that checks memory accesses sees a padding that is missing.
private func touchPadding(after block: UnsafeRawBufferPointer) {
    var sum = 0
    for index in 0..<64 {
        sum += Int(unsafe block.baseAddress!.load(fromByteOffset: block.count + index, as: UInt8.self))
    }
    #expect(sum >= 0)
}

extension InputPlan {
    static func text(
        paths: String, minPartitions: Int, maxSplitBytes: Int = 128 << 20, unreadable: UnreadableFiles = .fail
    ) throws(FileError) -> InputPlan {
        try text(at: InputLocations(paths), minPartitions: minPartitions, maxSplitBytes: maxSplitBytes, unreadable: unreadable)
    }

    static func records(
        paths: String, length: Int, minPartitions: Int, maxSplitBytes: Int = 128 << 20
    ) throws(FileError) -> InputPlan {
        try records(at: InputLocations(paths), length: length, minPartitions: minPartitions, maxSplitBytes: maxSplitBytes)
    }

    static func files(paths: String, minPartitions: Int, maxSplitBytes: Int = 128 << 20) throws(FileError) -> InputPlan {
        try files(at: InputLocations(paths), minPartitions: minPartitions, maxSplitBytes: maxSplitBytes)
    }
}

/// The `FileError` that `body` throws; nil, and a failed test, when it throws none.
func fileError<T>(_ body: () throws(FileError) -> T) -> FileError? {
    do throws(FileError) {
        _ = try body()
        Issue.record("no error")
        return nil
    } catch {
        return error
    }
}
