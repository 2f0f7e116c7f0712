import Foundation
import MartletPortable

/// Sends all shapes to another process, and prints the differences from the expected results.
func compare(_ shapes: [Shape]) -> Bool {
    var refusals: [String: String] = [:]
    var frames: [(name: String, data: Data)] = []
    for shape in shapes {
        do {
            // Refused shapes are searched as far as they are known.
            try shape.search()
            let graph = try shape.encode()
            frames.append((shape.name, frame(shape.name, graph)))
        } catch {
            refusals[shape.name] = "\(error)"
        }
    }
    let answers = ask(frames)
    var differences = 0
    for shape in shapes {
        let found = refusals[shape.name].map { "refused: \($0)" } ?? answers[shape.name] ?? "no answer"
        let expected = shape.refusal.map { "refused: \($0)" } ?? "gives \(shape.callHere())"
        if found == expected { continue }
        differences += 1
        print("\(shape.name)\n    expected \(expected.prefix(300))\n    found    \(found.prefix(300))")
    }
    let refused = shapes.count { $0.refusal != nil }
    print("\(shapes.count) shapes: \(shapes.count - refused) expected to work, \(refused) to be refused; \(differences) differ")
    return differences == 0 && Set(shapes.map(\.name)).count == shapes.count
}
