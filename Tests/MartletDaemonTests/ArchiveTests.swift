import Glibc
import MartletClusterClient
import TestSupport
import Testing

@testable import MartletDaemon

/// Archives that others send.
@Suite struct ArchiveTests {
    let directory = TemporaryDirectory()

    private func unpack(_ archive: [UInt8], limit: Int = 1 << 20) throws(ArchiveError) {
        guard let path = try? directory.write("archive", archive) else { throw .unreadable("not written") }
        Folders.remove(directory.path("folder"))
        var reader = try ArchiveReader(path, limit: limit)
        try reader.unpack(into: directory.path("folder"))
    }

    private func error(_ archive: [UInt8], limit: Int = 1 << 20) -> ArchiveError? {
        do throws(ArchiveError) {
            try unpack(archive, limit: limit)
            return nil
        } catch { return error }
    }

    /// An archive as `tar` makes it.
    private func made(_ options: String, _ suffix: String) throws -> [UInt8] {
        try directory.write("tree/a/b/text", "content")
        try directory.write("tree/\(String(repeating: "long", count: 40))/\(String(repeating: "name", count: 30))", "far")
        chmod(try directory.write("tree/a/run", "#!/bin/sh\n"), 0o755)
        symlink("b/text", directory.path("tree/a/link"))
        link(directory.path("tree/a/b/text"), directory.path("tree/a/other"))
        let command = "cd \(directory.path("tree")) && tar \(options) -cf ../made.\(suffix) ."
        try #require(system(command) == 0)
        guard let file = fopen(directory.path("made.\(suffix)"), "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        return bytes
    }

    @Test(arguments: ["--format=gnu", "--format=pax", "--format=ustar --exclude=long*", "-z", "-z --format=pax"])
    func whatTarMakesIsUnpacked(_ options: String) throws {
        try unpack(made(options, "tar"))
        #expect(directory.text(of: "folder/a/b/text") == "content")
        #expect(directory.text(of: "folder/a/link") == "content")
        #expect(directory.text(of: "folder/a/other") == "content")
        #expect(access(directory.path("folder/a/run"), X_OK) == 0)
        if !options.contains("ustar") {
            let long = "folder/\(String(repeating: "long", count: 40))/\(String(repeating: "name", count: 30))"
            #expect(directory.text(of: long) == "far")
        }
    }

    @Test(arguments: ["../out", "/etc/out", "a/../../out", "a/..", "..", "a/\u{1}"])
    func noEntryLeavesTheFolder(_ name: String) {
        #expect(error(TestArchive.file(name, "x")) == .badName(name))
        #expect(directory.names == ["archive", "folder"])
    }

    @Test(arguments: [("s", ".."), ("s", "/etc"), ("a/s", "../.."), ("a/s", "b/../../.."), ("s", "a/.."), ("s", "")])
    func noLinkLeadsOutOfTheFolder(_ name: String, _ target: String) {
        #expect(error(TestArchive.entry(name, type: "2", link: target)) == .badLink(name, target: target))
    }

    @Test func nothingIsWrittenThroughALink() {
        // A link within the folder is fine, but nothing is unpacked through it, and a file replaces it.
        let through = TestArchive.entry("dir/", type: "5") + TestArchive.entry("s", type: "2", link: "dir") + TestArchive.file("s/x", "x")
        #expect(error(through) == .badName("s"))
        let replaced = TestArchive.file("f", "old") + TestArchive.entry("s", type: "2", link: "f") + TestArchive.file("s", "new")
        #expect(error(replaced) == nil)
        #expect(directory.text(of: "folder/f") == "old")
        #expect(directory.text(of: "folder/s") == "new")
        #expect(error(TestArchive.entry("h", type: "1", link: "../archive")) == .badName("../archive"))
        if case .notWritten? = error(TestArchive.entry("h", type: "1", link: "missing")) {} else { Issue.record("a link to nothing") }
    }

    @Test(arguments: ["3", "4", "6", "S", "V"])
    func onlyFilesDirectoriesAndLinksAreTaken(_ type: String) {
        #expect(error(TestArchive.entry("x", type: type)) == .badKind("x", type.utf8.first!))
    }

    @Test func aBombIsRefusedBeforeItIsWritten() throws {
        let archive = TestArchive.file("small", "x") + TestArchive.header("large", type: "0", size: 1 << 33)
        #expect(error(archive) == .tooLarge(1 << 20))
        #expect(directory.names(in: "folder") == ["small"])
        #expect(error(TestArchive.header("x", type: "x", size: 1 << 30)) == .badHeader("an extended header of 1073741824 bytes"))
        // A sum of sizes that are small by themselves.
        let many = (0..<5).flatMap { TestArchive.file("f\($0)", String(repeating: "x", count: 600)) }
        #expect(error(many, limit: 2000) == .tooLarge(2000))
    }

    @Test func whatIsNoArchiveIsRefused() {
        #expect(error([]) == .noArchive)
        #expect(error(Array(repeating: 0, count: 1024)) == .noArchive)
        #expect(error(Array(String(repeating: "text", count: 1000).utf8)) == .noArchive)
        #expect(error(Array("short".utf8)) == .truncated)
        #expect(error(Array(TestArchive.file("f", "content").dropLast(100))) == .truncated)
        var damaged = TestArchive.file("a", "x") + TestArchive.file("b", "x")
        damaged[1030] ^= 1
        #expect(error(damaged) == .damaged)
    }

    /// Bytes of an archive, changed at random: some error or none, and nothing outside of the folder.
    @Test func changedArchivesDoNoHarm() throws {
        var generator = SystemRandomNumberGenerator()
        let seeds = [try made("--format=pax", "tar"), TestArchive.file("f", "x") + TestArchive.entry("s", type: "2", link: "f")]
        let names = ["archive", "folder", "made.tar", "tree"]
        for round in 0..<2000 {
            var bytes = seeds[round % 2]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let header = Int.random(in: 0..<bytes.count / 512, using: &generator) * 512
                bytes[header + Int.random(in: 0..<512, using: &generator)] = .random(in: 0...255, using: &generator)
                if Bool.random(using: &generator) { TestArchive.fixChecksum(&bytes, at: header) }
            }
            _ = error(bytes)
            #expect(Set(directory.names).isSubset(of: names))
        }
    }
}

/// Archives that no `tar` makes.
enum TestArchive {
    static func header(_ name: String, type: String, link: String = "", size: Int = 0) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ start: Int) { for (index, byte) in text.utf8.enumerated() { block[start + index] = byte } }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, 0)
        put(octal(0o644, 7), 100)
        put(octal(size, 11), 124)
        put(type, 156)
        put(link, 157)
        put("ustar\u{0}00", 257)
        fixChecksum(&block, at: 0)
        return block
    }

    static func entry(_ name: String, type: String, link: String = "") -> [UInt8] { header(name, type: type, link: link) }

    static func file(_ name: String, _ text: String) -> [UInt8] {
        let content = Array(text.utf8)
        return header(name, type: "0", size: content.count) + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    static func fixChecksum(_ bytes: inout [UInt8], at start: Int) {
        for index in 148..<156 { bytes[start + index] = 32 }
        let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        for (index, byte) in (String(repeating: "0", count: 6 - digits.count) + digits).utf8.enumerated() { bytes[start + 148 + index] = byte }
        bytes[start + 154] = 0
    }
}
