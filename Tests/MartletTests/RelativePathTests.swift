import ChildProgram
import TestSupport
import Testing

/// A relative path means the file that it named at the time of the call, wherever the driver is later, and in executors.
@Suite(.localOnly) struct RelativePathTests {
    private let place = TemporaryDirectory()

    @Test(arguments: ["local[2]", "local-cluster[2,1,512]"])
    func theDirectoryOfTheCallCounts(_ master: String) throws {
        let child = try Child([Child.program("moving-job"), master, place.path])
        let lines = child.lines()
        #expect(child.wait() == 0)
        let text = "work one, work two"
        #expect(
            lines == [
                "checkpoint start/early", "checkpoint work/late", "textFile: \(text)", "glob: \(text)", "delimiter: \(text)",
                "textLines: \(text), \(text)", "wholeTextFiles: work/text 18", "binaryFiles: 18", "binaryRecords: 0, 1, 2",
                "objectFile: 0, 1, 2", "pipe: x, \(text)", "pipe apart: x, \(text)", "checkpointFile work/late", "spilled 1000",
                "start scratch text", "work late objects records text", "end out out 2 text",
            ])
        #expect(place.text(of: "end/out/part-00000") != nil && place.text(of: "end/out 2/part-00000") != nil)
    }
}
