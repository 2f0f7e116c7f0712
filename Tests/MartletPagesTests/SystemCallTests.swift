import Foundation
import MartletFiles
import MartletPages
import Synchronization
import MartletStatistics
import Testing

/// The tests replace the kernel's calls by ones that do less than requested, are interrupted, or fail.
@Suite struct SystemCallTests {
    let folder = Folder()
    private let contents = [text(1000), noise(300_000), [], noise(700_000, seed: 2), text(50)]

    @Test(arguments: 0..<20)
    func shortAndInterruptedCalls(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let path = folder.path("pages")
        let writer = try PageFileWriter(path: path, encoder: PageEncoder(), synchronizes: false) { file, bytes, count in
            if generator.below(3) == 0 { return interrupted() }
            return write(file, bytes, 1 + generator.below(count))
        }
        for content in contents { try writer.append(content) }
        try writer.finish()
        let reader = try PageFileReader(path: path) { file, space, count, offset in
            if generator.below(3) == 0 { return interrupted() }
            return pread(file, space, 1 + generator.below(count), offset)
        }
        for content in contents { #expect(try reader.next().map { $0.bytes } == content) }
        #expect(try reader.next().map { _ in 0 } == nil)
    }

    /// Each call in turn fails, after part of its bytes.
    @Test(arguments: [ENOSPC, EIO, EDQUOT])
    func everyWriteFails(_ code: Int32) throws {
        let path = folder.path("pages")
        var failures = 0
        for fatal in 0..<100 {
            var calls = 0
            func play(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
                calls += 1
                if calls <= fatal { return write(file, bytes, min(count, 100_000)) }
                errno = code
                return -1
            }
            let failure = error {
                let writer = try PageFileWriter(path: path, encoder: PageEncoder(), synchronizes: false, write: play)
                for content in contents { try writer.append(content) }
                return try writer.finish()
            }
            #expect(folder.openDescriptors() == 0)
            guard let failure else { break }
            failures += 1
            guard case .writeFailed(path, 0..., code) = failure else {
                Issue.record("\(failure)")
                return
            }
            #expect(folder.names() == [])
        }
        #expect(failures >= 10)
        #expect(try readPages(path) == contents)
    }

    @Test func everyReadFails() throws {
        let path = folder.path("pages")
        try writePages(contents, path)
        for fatal in 0..<100 {
            var calls = 0
            let failure = error {
                let reader = try PageFileReader(path: path) { file, space, count, offset in
                    calls += 1
                    if calls <= fatal { return pread(file, space, count, offset) }
                    errno = EIO
                    return -1
                }
                while try reader.next().map({ _ in 0 }) != nil {}
            }
            #expect(folder.openDescriptors() == 0)
            guard let failure else { return #expect(fatal > 5) }
            guard case .unreadable(.readFailed(path, _, EIO)) = failure else {
                Issue.record("\(failure)")
                return
            }
        }
        Issue.record("reading never ends")
    }

    @Test func theFileShrinksWhileItIsRead() throws {
        let path = folder.path("pages")
        try writePages(contents, path)
        let size = try folder.bytes(of: "pages").count
        let reader = try PageFileReader(path: path)
        #expect(try reader.next().map { $0.header.rawBytes } == 1000)
        #expect(truncate(path, 2000) == 0)
        #expect(error { try reader.next() } == .unreadable(.changed(path: path, plannedSize: size, size: 2000)))
    }
}

private func interrupted() -> Int {
    errno = EINTR
    return -1
}
