/// The candidate that `text` most likely misspells, or nil when none is near.
///
/// Near means: at most a third of the longer text's letters have to be typed, deleted, replaced or
/// swapped with their neighbour. Of equally near candidates the first wins.
/// - Complexity: O(candidates × letters²)
public func nearest(to text: String, in candidates: [String]) -> String? {
    var best: (candidate: String, distance: Int)?
    let letters = Array(text.unicodeScalars)
    for candidate in candidates {
        let other = Array(candidate.unicodeScalars)
        let allowed = max(letters.count, other.count) / 3
        guard abs(letters.count - other.count) <= allowed else { continue }
        let distance = editDistance(letters, other)
        if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

/// How many letters must be typed, deleted, replaced, or swapped with their neighbour, to make `left`
/// into `right`.
/// - Source: optimal string alignment distance
/// - Complexity: O(left × right) time, O(right) space
func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    // Row i holds the distances between the first i letters of `left` and every prefix of `right`.
    var rowBeforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        row.reserveCapacity(right.count + 1)
        for j in right.indices {
            let replaced = last[j] + (left[i] == right[j] ? 0 : 1)
            var distance = min(replaced, last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                distance = min(distance, rowBeforeLast[j - 1] + 1)
            }
            row.append(distance)
        }
        (rowBeforeLast, last) = (last, row)
    }
    return last[right.count]
}
