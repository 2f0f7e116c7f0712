internal import CMartletRuntime
import MartletBlocks

/// Merges slices of sorted runs with a tree of losers: one comparison a level for each row.
///
/// Rows that compare equal come in the order of the runs, so that the whole sort is stable.
///
/// - Source: Knuth, The Art of Computer Programming, volume 3, section 5.4.1.
final class RunMerge: BatchSource, Spillable {
    private let program: SortProgram
    private let memory: TaskMemory
    private let buffer: BatchBuffer
    private let picked: UnsafeMutablePointer<UnsafeRawPointer>
    private var heads: [Head]
    /// `losers[0]` is the overall winner; the others lost at their node.
    private var losers: [Int] = []
    /// The reservation of the runs in memory, where they are this task's own.
    private var reservation: TaskReservation
    /// The reservation of the pages of runs on disk.
    private var pages: TaskReservation

    /// The loaded entries of one slice.
    private struct Head {
        let reader: RunReader
        var next: UnsafePointer<SortEntry>?
        var end: UnsafePointer<SortEntry>?
        var isAtEnd: Bool { next == end }
    }

    /// Slices on disk that are read at the same time.
    static var openRunsMax: Int { 64 }

    /// A page as it was stored, as it was compressed, as bytes, and as rows.
    private static var bytesPerOpenRun: Int { 4 * ElementPageWriter.pageBytes }

    /// Merges slices, in several passes where there are too many of them on disk to be open at the same time.
    ///
    /// - Parameter reservation: holds the memory of the slices, where the merge owns it.
    static func open(
        _ slices: [RunSlice], program: SortProgram, batchBytes: Int, memory: TaskMemory,
        owning reservation: consuming TaskReservation? = nil
    ) throws -> RunMerge {
        var slices = slices.filter { !$0.range.isEmpty }
        while slices.count(where: \.isOnDisk) > openRunsMax {
            slices = try groups(of: slices).map { group in
                let merge = try RunMerge(group, program, batchBytes, TaskReservation(memory), memory)
                let run = try DiskRun.write(program, memory.scratch) { try merge.next() }
                memory.didSpill(run.file.byteCount)
                return RunSlice(.disk(run), .all)
            }
        }
        if let reservation = consume reservation {
            return try RunMerge(slices, program, batchBytes, reservation, memory)
        }
        return try RunMerge(slices, program, batchBytes, TaskReservation(memory), memory)
    }

    /// Slices that follow each other, with as many on disk as may be open.
    private static func groups(of slices: [RunSlice]) -> [[RunSlice]] {
        var groups: [[RunSlice]] = [[]]
        var open = 0
        for slice in slices {
            if slice.isOnDisk, open == openRunsMax {
                groups.append([])
                open = 0
            }
            groups[groups.count - 1].append(slice)
            if slice.isOnDisk { open += 1 }
        }
        return groups
    }

    private init(
        _ slices: [RunSlice], _ program: SortProgram, _ batchBytes: Int, _ reservation: consuming TaskReservation,
        _ memory: TaskMemory
    ) throws {
        self.program = program
        self.memory = memory
        self.reservation = reservation
        pages = TaskReservation(memory)
        buffer = BatchBuffer(program.element, batchBytes: batchBytes)
        picked = .allocate(capacity: buffer.capacity)
        heads = []
        super.init()
        for slice in slices {
            guard let reader = try slice.open(program) else { continue }
            heads.append(Head(reader: reader))
        }
        memory.add(self)
        // Other consumers make room: these pages are needed in any case.
        let needed = slices.count(where: \.isOnDisk) * Self.bytesPerOpenRun
        _ = try pages.grow(to: needed, for: self)
    }

    deinit {
        memory.remove(self)
        picked.deallocate()
    }

    var consumerName: String { "merging sorted runs" }
    var heldBytes: Int { reservation.bytes }

    /// Spills the remaining rows of the runs in memory.
    func spill() throws {
        guard reservation.bytes > 0 else { return }
        for index in heads.indices {
            guard let reader = try heads[index].reader.moved(from: heads[index].next, program, memory) else { continue }
            heads[index] = Head(reader: reader)
            if !losers.isEmpty { try refill(index) }
        }
        reservation.shrink(to: 0)
    }

    /// Leaves out rows at both ends, before the first row is pulled.
    func restrict(
        isBefore: (UnsafeRawPointer) throws -> Bool, isAfter: (UnsafeRawPointer) throws -> Bool
    ) rethrows {
        for head in heads { try head.reader.restrict(isBefore: isBefore, isAfter: isAfter) }
    }

    override func next() throws -> RawBatch {
        if losers.isEmpty, !heads.isEmpty {
            for head in heads { try head.reader.start() }
            for index in heads.indices { try refill(index) }
            try buildTree()
        }
        var count = 0
        // Rows before this one are in the buffer; later rows are still at their source.
        var gathered = 0
        do {
            while count < buffer.capacity, let winner = losers.first, !heads[winner].isAtEnd,
                let next = heads[winner].next {
                martlet_prefetch(next.pointee.row)
                picked[count] = next.pointee.row
                count += 1
                heads[winner].next = next + 1
                if heads[winner].isAtEnd {
                    // The reader's next rows take the place of these.
                    gather(gathered..<count)
                    gathered = count
                    try refill(winner)
                }
                if heads.count > 1 { try replay(from: winner) }
            }
        } catch {
            program.element.destroy(buffer.base, count: gathered)
            throw error
        }
        gather(gathered..<count)
        return RawBatch(base: buffer.base, count: count, isOwned: true)
    }

    private func gather(_ range: Range<Int>) {
        program.gather(
            picked + range.lowerBound, range.count, buffer.base + range.lowerBound * program.element.stride)
    }

    private func refill(_ index: Int) throws {
        let entries = try heads[index].reader.next()
        heads[index].next = entries.baseAddress
        heads[index].end = entries.baseAddress.map { $0 + entries.count }
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
