import Foundation
import MartletPortable

// Closures of many shapes are encoded here, sent to another process of this program, and called there.

let isChild = CommandLine.arguments.dropFirst().first == "child"
// The captured values differ in the other process.
let seed = isChild ? 11 : 5
let shapes = valueShapes(seed) + objectShapes(seed) + functionShapes(seed) + genericShapes(seed) + hiddenShapes(seed)
    + quietShapes(seed) + refusedShapes(seed)
if isChild { answer(shapes) } else { exit(compare(shapes) ? 0 : 1) }
