/// Cuts a row of files into partitions of about equal size, from left to right.
///
/// All sizes are counted in units (a byte of text, a record), so that every cut lies between two units. Each
/// partition aims at an equal part of what is left, which spreads what compressed files leave uneven. A cut
/// within a twentieth of a file's end moves there, so that no partition opens a file for a few lines.
struct SplitPacking {
    private(set) var partitions: [[InputSplit]] = []
    /// For each partition the hosts that have most of its bytes.
    private(set) var preferredHosts: [[String]] = []

    private let files: [InputFileEntry]
    /// No file is cut, and empty ones count as one unit.
    private let areWhole: Bool
    private let unitBytes: Int
    private let minPartitions: Int
    private let maxUnits: Int
    /// Tells how a file is compressed that is about to be cut, by more than its name; nil for one to leave out.
    private let look: (InputFileEntry) throws(FileError) -> Codec?
    /// Units of all files that no partition has yet.
    private var remaining: Int
    private var current: [InputSplit] = []
    private var currentUnits = 0
    private var currentHosts = HostBytes()
    /// What the current partition aims at.
    private var target = 0

    init(
        files: [InputFileEntry], areWhole: Bool = false, unitBytes: Int, minPartitions: Int, maxSplitBytes: Int,
        look: @escaping (InputFileEntry) throws(FileError) -> Codec?
    ) {
        self.files = areWhole ? files : files.filter { $0.size > 0 }
        self.areWhole = areWhole
        self.unitBytes = unitBytes
        self.minPartitions = minPartitions
        self.look = look
        maxUnits = max(1, maxSplitBytes / unitBytes)
        remaining = self.files.reduce(0) { $0 + max($1.size / unitBytes, areWhole ? 1 : 0) }
    }

    /// - Throws: what looking at files does.
    mutating func pack() throws(FileError) {
        let firstOfWholeTail = 1 + (files.lastIndex { isCut($0) } ?? -1)
        openPartition()
        for (index, file) in files.enumerated() {
            if isCut(file), try packRanges(of: file) { continue }
            let isTail = index >= firstOfWholeTail
            packWhole(file, tailCount: isTail ? files.count - index : nil)
        }
        closePartition()
    }

    private func isCut(_ file: InputFileEntry) -> Bool { file.codec.isSplittable && !areWhole }

    /// - Returns: false for a file that must not be cut, after all, and is in no partition yet.
    private mutating func packRanges(of file: InputFileEntry) throws(FileError) -> Bool {
        let units = file.size / unitBytes
        var taken = 0
        var isSeen = false
        while taken < units {
            let room = target - currentUnits
            if !isSeen, units > room + slack {
                isSeen = true
                guard let codec = try look(file) else {
                    remaining -= units
                    return true
                }
                if !codec.isSplittable { return false }
            }
            if units - taken <= room + slack {
                append(file, from: taken, count: units - taken)
                taken = units
            } else if room > slack || currentUnits == 0 {
                append(file, from: taken, count: room)
                taken += room
            } else {
                closePartition()
            }
            if currentUnits >= target { closePartition() }
        }
        return true
    }

    /// Puts a file that is not cut where the border is nearer to its start or its end.
    /// - Parameter tailCount: the number of files from this one on, if none of them is cut.
    private mutating func packWhole(_ file: InputFileEntry, tailCount: Int?) {
        let isNeededApart = tailCount.map { $0 <= minPartitions - partitions.count - 1 } ?? false
        if currentUnits > 0, isNeededApart || file.size / 2 > target - currentUnits { closePartition() }
        append(file, from: 0, count: file.size)
        if currentUnits >= target { closePartition() }
    }

    private var slack: Int { target / 20 }

    private mutating func append(_ file: InputFileEntry, from first: Int, count: Int) {
        let split = InputSplit(
            path: file.path, offset: first * unitBytes, length: count * unitBytes, fileSize: file.size, codec: file.codec)
        current.append(split)
        currentHosts.add(split.offset..<split.end, of: file.blocks)
        currentUnits += areWhole ? max(count, 1) : count
    }

    private mutating func closePartition() {
        guard currentUnits > 0 else { return }
        partitions.append(current)
        preferredHosts.append(currentHosts.preferred)
        remaining -= currentUnits
        openPartition()
    }

    private mutating func openPartition() {
        current = []
        currentUnits = 0
        currentHosts = HostBytes()
        let partitionsLeft = max(minPartitions - partitions.count, (remaining + maxUnits - 1) / maxUnits, 1)
        target = max(1, (remaining + partitionsLeft - 1) / partitionsLeft)
    }
}
