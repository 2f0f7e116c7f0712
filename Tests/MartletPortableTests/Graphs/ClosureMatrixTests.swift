import ChildProgram
import Testing

/// Closures of more than 160 shapes in another process; `sbin/check-closures` does the same in other builds.
@Suite struct ClosureMatrixTests {
    @Test func allShapesWorkOrAreRefusedAsExpected() throws {
        let child = try Child([Child.program("portable-closures")])
        let lines = child.lines()
        #expect(child.wait() == 0, "\(lines.joined(separator: "\n"))")
        #expect(lines.last?.hasSuffix("0 differ") == true)
    }
}
