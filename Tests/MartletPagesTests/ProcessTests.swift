import ChildProgram
import Foundation
import MartletFiles
import MartletPages
import Testing

/// Writers in processes of their own, which are killed or run out of space.
@Suite(.serialized) struct ProcessTests {
    let folder = Folder()

    @Test(arguments: [1, 2, 7, 40, 301])
    func aKilledWriterLeavesNothingThatIsRead(_ pages: Int) throws {
        let path = folder.path("pages")
        let writer = try Child([Child.program("page-writer"), path, "0", "5000", "0"])
        var lines = 0
        while lines < pages, writer.nextLine() != nil { lines += 1 }
        #expect(lines == pages)
        writer.kill()
        #expect(writer.wait() == -SIGKILL)
        #expect(error { try PageFileReader(path: path) } == .unreadable(.notFound(path: path)))
        let names = folder.names()
        #expect(names.count == 1 && names[0].hasPrefix("pages.partial-"))
        for name in names {
            guard case .damaged(_, _, .notWhole) = error({ try PageFileReader(path: folder.path(name)) }) else {
                Issue.record("\(name) is accepted")
                continue
            }
        }
        // It does not hinder the next writer.
        try writePages([[1]], path)
        #expect(try readPages(path) == [[1]])
    }

    @Test func aFileThatMayNotGrow() throws {
        let path = folder.path("pages")
        let writer = try Child([Child.program("page-writer"), path, "100", "50000", "1000000"])
        let lines = writer.lines().filter { !$0.hasPrefix("page ") }
        #expect(writer.wait() == 1)
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("failed: \(path): writing pages failed at byte ") == true)
        #expect(lines.first?.contains(": File too large; ") == true)
        #expect(lines.dropFirst() == ["descriptors 0", "names "])
    }

    /// A real disk of 256 KiB, in a mount namespace of the child, which disappears with it. Needs the right to mount.
    @Test func aFullDisk() throws {
        let script = """
            mount -t tmpfs -o size=256k none "$1" || exit 77
            head -c 100000 /dev/zero > "$1/ballast"
            exec "$2" "$1/pages" 4 50000 0
            """
        let writer = try Child(
            ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", folder.path, Child.program("page-writer")])
        let lines = writer.lines().filter { !$0.hasPrefix("page ") }
        let status = writer.wait()
        if lines.isEmpty { return }
        #expect(status == 0)
        let path = folder.path("pages")
        #expect(lines.count == 5)
        #expect(lines[0].hasPrefix("failed: \(path): writing pages failed at byte "))
        #expect(lines[0].contains(": No space left on device; "))
        #expect(lines[1...] == ["descriptors 0", "names ballast", "wrote 200296", "names pages"])
        #expect(folder.names() == [])
    }
}
