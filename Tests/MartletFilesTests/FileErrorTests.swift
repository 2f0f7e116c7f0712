import Glibc
import MartletFiles
import Testing

/// The wording of every message.
@Suite struct FileErrorTests {
    @Test(
        arguments: [
            (
                .notFound(path: "/in/a*"),
                "/in/a*: no such file or directory, or no file matches the pattern; "
                    + "check the path on every machine that reads it"
            ),
            (.notFound(path: ""), "the input path is empty: name a file, a directory or a pattern"),
            (
                .notReadable(path: "/in", reason: "Permission denied"),
                "/in: cannot be read: Permission denied"
            ),
            (
                .corrupt(path: "/a.gz", codec: .gzip, offset: 12, detail: "invalid block type"),
                "/a.gz: corrupt gzip data at or before byte 12 of the compressed file: invalid block type; "
                    + "replace the file with an intact copy"
            ),
            (
                .truncated(path: "/a.zst", codec: .zstd, offset: 9),
                "/a.zst: the zstd data is cut short: the file ends at byte 9 inside a frame; "
                    + "replace the file with a complete copy"
            ),
            (
                .readFailed(path: "/a", offset: 4096, code: EIO),
                "/a: reading at byte 4096 failed: Input/output error"
            ),
            (
                .changed(path: "/a", plannedSize: 10, size: 3),
                "/a: the file shrank from 10 to 3 bytes since the job was planned; "
                    + "run the job again when nobody writes to it"
            ),
            (
                .recordLength(path: "/a", size: 101, length: 10),
                "/a: 101 bytes are not a whole number of records of 10 bytes (1 left over); "
                    + "check the record length, or whether the file is complete"
            ),
            (
                .recordLength(path: "/a", size: 0, length: 0),
                "/a: a record length of 0 bytes is not possible; it must be at least 1"
            ),
            (
                .compressedRecords(path: "/a.lz4", codec: .lz4),
                "/a.lz4: fixed-length records cannot be read from a lz4 file; decompress it first"
            ),
            (
                .outputExists(path: "/out"),
                "/out: the output directory exists already; remove it or choose another"
            ),
            (
                .unknownScheme(path: "s3:/a", scheme: "s3", known: ["file"]),
                "s3:/a: there is no file system for s3: paths, only for file:; use one of this machine, as /data or file:///data is; "
                    + "a name that only looks so is written ./s3:/a"
            ),
            (.notWritable(path: "memory:/out", reason: "it is full"), "memory:/out: cannot be written: it is full"),
            (.writeFailed(path: "/out/x", code: ENOSPC), "/out/x: writing failed: No space left on device"),
            (
                .commitFailed(path: "/out/part-00000", step: .publish, code: EACCES),
                "/out/part-00000: the output could not be committed: "
                    + "failed to publish the finished file: Permission denied"
            ),
        ] as [(FileError, String)])
    func wording(_ error: FileError, _ text: String) {
        #expect(error.description == text)
    }
}
