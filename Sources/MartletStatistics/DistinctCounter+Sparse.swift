extension DistinctCounter {
    /// An entry of the finer table: the cell, then 6 bits for the rank of the hash after the cell's bits.
    @usableFromInline
    mutating func addSparse(_ hash: UInt64) {
        let rank = UInt64(Self.rank(hash, after: sparsePrecision))
        addEntry((hash >> UInt64(64 - sparsePrecision)) << 6 | rank)
    }

    mutating func addEntry(_ entry: UInt64) {
        guard registers.isEmpty else { return addToRegister(entry) }
        sparse.append(entry)
        guard sparse.count >= Self.sparseLimit(precision) else { return }
        settle()
    }

    /// Switches to the form that the set of hashes determines: half of the sparse form's room is kept for new entries, so
    /// that tidying is rare.
    mutating func settle() {
        tidy()
        if sparse.count > Self.sparseLimit(precision) / 2 { makeDense() }
    }

    /// The number of entries that take as much memory as the registers; at least a few.
    static func sparseLimit(_ precision: Int) -> Int { Swift.max(8, 1 << precision / 8) }

    /// Sorts the entries and keeps the largest rank of each cell.
    mutating func tidy() {
        guard tidyCount < sparse.count else { return }
        sparse.sort()
        var kept = 0
        for index in sparse.indices {
            if kept > 0, sparse[kept - 1] >> 6 == sparse[index] >> 6 { kept -= 1 }
            sparse[kept] = sparse[index]
            kept += 1
        }
        sparse.removeLast(sparse.count - kept)
        tidyCount = kept
    }

    /// Switches from entries to registers.
    mutating func makeDense() {
        guard registers.isEmpty else { return }
        registers = Array(repeating: 0, count: 1 << precision)
        for entry in sparse { addToRegister(entry) }
        (sparse, tidyCount) = ([], 0)
    }

    /// The cell's upper bits are the register; if any of its lower bits is set, the first one gives the rank.
    private mutating func addToRegister(_ entry: UInt64) {
        let extra = sparsePrecision - precision
        let cell = entry >> 6
        let lower = cell & (1 << UInt64(extra) - 1)
        let rank = lower == 0
            ? extra + Int(entry & 63)
            : extra - (UInt64.bitWidth - 1 - lower.leadingZeroBitCount)
        let register = Int(cell >> UInt64(extra))
        registers[register] = Swift.max(registers[register], UInt8(rank))
    }
}
