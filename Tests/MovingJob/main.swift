// Names files by relative paths, and is in other directories when the files are used: a process of its own, since the
// current directory belongs to the whole process.
//
//     moving-job MASTER FOLDER
//
// FOLDER gets the directories `start`, `work` and `end`. The context is made in `start`, the directory of executors; all
// paths are named in `work`; actions run in `end`. Prints the results of the actions.

import Foundation
import Martlet

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    print("usage: moving-job MASTER FOLDER")
    exit(2)
}
let (master, folder) = (arguments[1], arguments[2])
let directories = ["start", "work", "end"]
for directory in directories {
    try FileManager.default.createDirectory(atPath: folder + "/" + directory, withIntermediateDirectories: true)
    try "\(directory) one\n\(directory) two\n".write(toFile: folder + "/" + directory + "/text", atomically: true, encoding: .utf8)
}

func enter(_ directory: String) {
    guard chdir(folder + "/" + directory) == 0 else { fatalError("cannot enter \(directory)") }
}

/// The part of a path below the folder.
func below(_ path: String) -> String { path.hasPrefix(folder) ? String(path.dropFirst(folder.count + 1)) : path }

/// The content of a directory, without hidden files.
func names(_ path: String) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().joined(separator: " ")
}

enter("start")
let context = try MartletContext(
    master: master,
    settings: Settings(parsing: [
        "martlet.ui.progress=off", "martlet.local.dir=scratch", "martlet.checkpoint.dir=early",
        "martlet.shuffle.spill.numElementsForceSpillThreshold=100",
    ]))
// The executors have started.
_ = try await context.range(0, 8, partitions: 8).count()
enter("work")
print("checkpoint", below(context.checkpointDirectory ?? ""))
context.setCheckpointDirectory("./late")
print("checkpoint", below(context.checkpointDirectory ?? ""))
try await context.range(0, 3, partitions: 1).saveAsBinaryRecords("records")
try await context.range(0, 3, partitions: 1).saveAsObjectFile("objects")
let texts = [
    ("textFile", context.textFile("text")), ("glob", context.textFile("./te*")), ("delimiter", context.textFile("text", delimiter: "\n")),
    ("textLines", context.textLines("text,text").map { String($0) }),
    ("wholeTextFiles", context.wholeTextFiles("text").map { "\($0.0.split(separator: "/").suffix(2).joined(separator: "/")) \($0.1.count)" }),
    ("binaryFiles", context.binaryFiles("text").map { "\($0.1.count)" }),
    ("binaryRecords", context.binaryRecords("records", as: Int.self).map { "\($0)" }),
    ("objectFile", context.objectFile("objects", of: Int.self).map { "\($0)" }),
    ("pipe", context.parallelize(["x"], partitions: 1).pipe(["cat", "-", "text"])),
    (
        "pipe apart",
        context.parallelize(["x"], partitions: 1).pipe(["cat", "-", "text"], separateWorkingDirectory: true)
    ),
]
let marked = context.range(0, 3, partitions: 1).checkpoint()
let saved = context.textFile("text")
enter("end")
for (name, rdd) in texts { print("\(name):", try await rdd.collect().joined(separator: ", ")) }
_ = try await marked.count()
print("checkpointFile", below(marked.checkpointFile ?? "").split(separator: "/").prefix(2).joined(separator: "/"))
try await saved.saveAsTextFile("out")
try await saved.saveAsTextFile("file:\(folder)/end/out%202")
// Spills, and executors that spill.
print("spilled", try await context.range(0, 4000, partitions: 4).map { ($0 % 1000, $0) }.groupByKey().count())
for directory in directories { print(directory, names(directory)) }
context.stop()
