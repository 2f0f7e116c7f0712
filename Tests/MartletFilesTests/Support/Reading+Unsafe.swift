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
            last.bytes.last == 10
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
            if let last = texts.last, last.path == text.path, last.bytes.last == 10 {
                texts[texts.count - 1].bytes += text.bytes
            } else {
                texts.append(text)
            }
        }
    }
    return texts
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

extension RecordBlockReader {
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
