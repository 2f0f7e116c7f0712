internal import CMartletRuntime
import MartletBlocks

/// Merges one range of every sorted run with a tree of losers: one comparison a level for each row.
///
/// Rows that compare equal come in the order of the runs, so that the whole sort is stable.
///
/// - Source: Knuth, The Art of Computer Programming, volume 3, section 5.4.1.
final class RunMerge: BatchSource {
    private let program: SortProgram
    private let runs: [SortedRun]
    private let buffer: BatchBuffer
    private let picked: UnsafeMutablePointer<UnsafeRawPointer>
    private var heads: [Head]
    /// `losers[0]` is the overall winner; the others lost at their node.
    private var losers: [Int] = []

    private struct Head {
        var next: UnsafePointer<SortEntry>?
        var end: UnsafePointer<SortEntry>?
        var isAtEnd: Bool { next == end }

        /// The first entry for which `isTrue` holds, where it holds for none but the last ones.
        func first(where isTrue: (UnsafeRawPointer) throws -> Bool) rethrows -> UnsafePointer<SortEntry>? {
            guard var low = next, let end else { return next }
            var high = end
            while low < high {
                let middle = low + (high - low) / 2
                if try isTrue(middle.pointee.row) { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    init(_ runs: [SortedRun], cuts: RunCuts, partition: Int, program: SortProgram, batchBytes: Int) {
        self.program = program
        self.runs = runs
        buffer = BatchBuffer(program.element, batchBytes: batchBytes)
        picked = .allocate(capacity: buffer.capacity)
        // The runs are constant and live as long as this object, so their storage can be read by address.
        heads = runs.enumerated().compactMap { index, run in
            let (start, end) = (cuts.starts[index][partition], cuts.starts[index][partition + 1])
            guard start < end else { return nil }
            return run.entries.withUnsafeBufferPointer {
                Head(next: $0.baseAddress.map { $0 + start }, end: $0.baseAddress.map { $0 + end })
            }
        }
        super.init()
    }

    deinit { picked.deallocate() }

    /// Leaves out rows at both ends, before the first row is pulled.
    func restrict(
        isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
    ) rethrows {
        for index in heads.indices {
            heads[index].end = try heads[index].first(where: isAfter)
            heads[index].next = try heads[index].first { try !isBefore($0) }
        }
    }

    override func next() throws -> RawBatch {
        if losers.isEmpty, !heads.isEmpty { try buildTree() }
        var count = 0
        while count < buffer.capacity, let row = try pop() {
            martlet_prefetch(row)
            picked[count] = row
            count += 1
        }
        program.gather(picked, count, buffer.base)
        return RawBatch(base: buffer.base, count: count, isOwned: true)
    }

    private func pop() throws -> UnsafeRawPointer? {
        guard let winner = losers.first, !heads[winner].isAtEnd, let next = heads[winner].next else { return nil }
        heads[winner].next = next + 1
        if heads.count > 1 { try replay(from: winner) }
        return next.pointee.row
    }

    /// Lets every head play once, from the leaves up.
    private func buildTree() throws {
        let count = heads.count
        losers = Array(repeating: 0, count: count)
        var winners = Array(repeating: 0, count: 2 * count)
        for index in 0..<count { winners[count + index] = index }
        for node in stride(from: count - 1, to: 0, by: -1) {
            let (left, right) = (winners[2 * node], winners[2 * node + 1])
            let leftWins = try goesFirst(left, right)
            winners[node] = leftWins ? left : right
            losers[node] = leftWins ? right : left
        }
        losers[0] = count > 1 ? winners[1] : 0
    }

    private func replay(from head: Int) throws {
        var winner = head
        var node = (head + heads.count) / 2
        while node > 0 {
            if try goesFirst(losers[node], winner) { swap(&losers[node], &winner) }
            node /= 2
        }
        losers[0] = winner
    }

    @inline(__always)
    private func goesFirst(_ left: Int, _ right: Int) throws -> Bool {
        guard !heads[left].isAtEnd, let first = heads[left].next else { return false }
        guard !heads[right].isAtEnd, let second = heads[right].next else { return true }
        if first.pointee.prefix != second.pointee.prefix { return first.pointee.prefix < second.pointee.prefix }
        if try program.precedes(first.pointee, second.pointee) { return true }
        if try program.precedes(second.pointee, first.pointee) { return false }
        return left < right
    }
}
