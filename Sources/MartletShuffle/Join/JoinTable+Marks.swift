public import MartletBlocks

extension JoinTable {
    /// Marks the rows of the table that have a partner in a batch, which is spent.
    @inlinable @inline(__always)
    public func mark<Other>(_ batch: Batch<(Key, Other)>) {
        guard let marks else { return }
        for index in 0..<batch.count {
            var row = heads[Self.slot(hasher.hash(batch.base[index].0), mask)]
            while row >= 0 {
                let place = Int(row)
                // Rows of one key are marked together, so checking the first one suffices.
                if hasher.areEqual(rows[place].0, batch.base[index].0) {
                    if marks[place] { break }
                    marks[place] = true
                }
                row = next[place]
            }
        }
        batch.discard(from: 0)
    }

    /// Gives the rows without a mark, in their order, until the frame is full; the next call goes on.
    @inlinable @inline(__always)
    public func emitUnmarked<Output>(_ frame: inout KernelFrame, _ output: (Value) -> Output) {
        let target = frame.output.assumingMemoryBound(to: (Key, Output).self)
        var made = 0
        while cursor < count, made < frame.capacity {
            if marks?[cursor] != true {
                (target + made).initialize(to: (rows[cursor].0, output(rows[cursor].1)))
                made &+= 1
            }
            cursor &+= 1
        }
        frame.produced = made
    }
}
