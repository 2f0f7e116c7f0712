// Unsafe: a file's bytes are copied before the next call on the reader.

import MartletFiles

/// The files that a reader gives, each with its path.
func readWholeFiles(
    _ splits: [InputSplit], content: InputContent = .text
) throws(FileError) -> [(String, [UInt8])] {
    let reader = WholeFileReader(splits: splits, content: content)
    var files: [(String, [UInt8])] = []
    while let bytes = unsafe try reader.nextFile() {
        unsafe files.append((reader.currentPath, Array(bytes)))
    }
    return files
}
