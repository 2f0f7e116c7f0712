import MartletBlocks
package import MartletCore
import MartletPages
import MartletThreads
import Synchronization

extension ShuffleStore {
    /// Registers the locations of a shuffle's published outputs. Replaces an older version, and does nothing if this version or
    /// a newer one is registered. Readers continue with the version that they began with.
    ///
    /// - Parameter places: of all map tasks that have an output; outputs that are left out are missing.
    /// - Returns: the places that were replaced. They may hold the last references to keys of users: release them outside of
    ///   locks.
    @discardableResult
    package func place(_ places: [MapOutputAddress], of shuffle: ShuffleID, version: Int, mapCount: Int) -> (any Sendable)? {
        shuffles.withLock { shuffles in
            var entry = shuffles[shuffle] ?? Shuffle(outputs: Array(repeating: nil, count: mapCount))
            let older = entry.places
            if let older, older.version >= version { return nil as MapOutputAddresses? }
            entry.places = MapOutputAddresses(places, version: version, mapCount: mapCount, remote, after: older)
            shuffles[shuffle] = entry
            return older
        }
    }

    /// The version of the registered places.
    package func addressesVersion(of shuffle: ShuffleID) -> Int? { shuffles.withLock { $0[shuffle]?.places?.version } }

    /// The locations that a reader uses from its begin to its end.
    struct LocatedOutputs {
        let shuffle: ShuffleID
        let version: Int
        let files: [RemoteMapOutput?]
        let cuts: RunCuts?
        let lost: [Int: MapOutputLoss]
        /// Outputs of this process, which are read instead of files.
        let outputs: [MapOutput?]

        /// The row counts of all map outputs, once none is missing.
        var rowCounts: [Int] { files.indices.map { outputs[$0]?.recordCount ?? files[$0]?.address.recordCount ?? 0 } }
    }

    /// - Throws: `ChangedMapOutput`, if a recomputed output has a different number of rows.
    private func checkCounts(_ placed: LocatedOutputs) throws(ChangedMapOutput) {
        for case let (map, file?) in placed.files.enumerated() where file.address.recordCount != file.address.firstRecordCount {
            throw ChangedMapOutput(map: map, counted: file.address.firstRecordCount, found: file.address.recordCount)
        }
    }

    /// nil for a shuffle without places.
    func locatedOutputs(_ shuffle: ShuffleID, mapCount: Int) -> LocatedOutputs? {
        shuffles.withLock { shuffles in
            guard let entry = shuffles[shuffle], let places = entry.places else { return nil }
            return LocatedOutputs(
                shuffle: shuffle, version: places.version, files: places.files, cuts: places.cuts, lost: places.lost,
                outputs: entry.outputs)
        }
    }

    /// The rows of one partition: from this process, files of this host, and other executors, in the order of the map tasks.
    func rows(
        _ placed: LocatedOutputs, partition: Int, _ layout: ShuffleLayout, row: ElementType, _ cancellation: CancellationFlag?
    ) throws -> BatchSource {
        try checkComplete(placed, needsFiles: false)
        if case .dealt = layout { try checkCounts(placed) }
        let plan = BucketPlan(layout, partition: partition, mapCount: placed.files.count) { placed.rowCounts }
        var parts: [Part] = []
        var ranges: [RemoteRange] = []
        var keyCount = 0
        let segments = try read(placed, where: { plan.maps.contains($0) && placed.outputs[$0] == nil }) { map, file in
            let (index, bucket) = (try file.partitions(cancellation), plan.bucket(of: map))
            guard bucket < index.partitionCount else {
                throw PageError.damaged(
                    file: file.address.path, offset: 0,
                    fault: .impossible("it has \(index.partitionCount) partitions, and number \(bucket) is wanted"))
            }
            return index.segment(bucket)
        }
        for map in plan.maps {
            if let output = placed.outputs[map] as? PartitionedOutput {
                let count = output.count(in: plan.bucket(of: map))
                keyCount = max(keyCount, count)
                if count > 0 { parts.append(.here(map)) }
            } else if let segment = segments[map], segment.count > 0, let file = placed.files[map] {
                keyCount = max(keyCount, segment.count)
                if let range = file.range(segment) {
                    parts.append(.fetched(map, file, ranges.count))
                    ranges.append(range)
                } else {
                    parts.append(.file(map, file, segment))
                }
            }
        }
        let lease = try ranges.isEmpty ? nil : FetchLease(access(), ranges)
        return ConcatenatedSource(count: parts.count, expectedKeyCount: keyCount) { [self] index in
            switch parts[index] {
            case .here(let map):
                let current = shuffles.withLock { $0[placed.shuffle]?.outputs[map] }
                guard let output = current as? PartitionedOutput else {
                    throw MissingMapOutput(shuffle: placed.shuffle, maps: [map])
                }
                return OutputSource(output.source(plan.bucket(of: map))) { error in
                    self.lose(output, of: placed.shuffle, map: map, error)
                }
            case .file(let map, let file, let segment):
                return try readable(file, map, placed) { try file.source(segment, row) }
            case .fetched(let map, let file, let range):
                return try readable(file, map, placed) {
                    guard let lease else { return EmptySource() }
                    return try lease.source(range, row, cancellation, owner: file)
                }
            }
        }
    }

    /// The origin of a part of a partition.
    private enum Part {
        case here(Int)
        case file(Int, RemoteMapOutput, PageSegment)
        case fetched(Int, RemoteMapOutput, Int)
    }

    private func readable(
        _ file: RemoteMapOutput, _ map: Int, _ placed: LocatedOutputs, _ open: () throws -> BatchSource
    ) throws -> BatchSource {
        do {
            return OutputSource(try open()) { self.lose([(map, file, $0)], placed) }
        } catch let error where error.isDamage {
            throw lose([(map, file, error)], placed)
        }
    }

    /// One range of a sorted shuffle, merged. All processes find the same cuts, in the samples that are published.
    func sortedRows(
        _ placed: LocatedOutputs, _ partition: Int, of partitionCount: Int, _ program: SortProgram, batchBytes: Int,
        _ memory: TaskMemory
    ) throws -> BatchSource {
        try checkComplete(placed, needsFiles: true)
        let cancellation = memory.cancellation
        let runs = try read(placed, where: { _ in true }) { try $1.run(program, cancellation) }
        let cuts = try placed.cuts ?? decide(placed) { try program.cut(runs.compactMap { $0 }, into: partitionCount) }
        let range = cuts.range(partition)
        let remoteCount = placed.files.count { $0?.isEmpty == false && $0?.executor != nil }
        let limit = remote.map { $0.maxBytesInFlight / max(1, min(remoteCount, RunMerge.openRunsMax)) } ?? 1
        var slices: [RunSlice] = []
        for (map, run) in runs.enumerated() {
            if let output = placed.outputs[map] as? SortedOutput {
                slices += output.runs.map { run in
                    RunSlice(run, range) { [self] in lose(output, of: placed.shuffle, map: map, $0) }
                }
            } else if let run, let file = placed.files[map] {
                let disk = DiskRun(
                    RemoteRunFile(file, program.element, limit: limit, cancellation), try run.pages(program))
                slices.append(RunSlice(.disk(disk), range) { [self] in lose([(map, file, $0)], placed) })
            }
        }
        return try RunMerge.open(slices, program: program, batchBytes: batchBytes, memory: memory)
    }

    /// The cuts of one version of the places, decided once.
    private func decide(_ placed: LocatedOutputs, _ cut: () throws -> RunCuts) throws -> RunCuts {
        let decided = try cut()
        return shuffles.withLock { shuffles in
            guard shuffles[placed.shuffle]?.places?.version == placed.version else { return decided }
            if let known = shuffles[placed.shuffle]?.places?.cuts { return known }
            shuffles[placed.shuffle]?.places?.cuts = decided
            return decided
        }
    }

    private func access() throws -> RemoteAccess {
        guard let remote else { preconditionFailure("files of other hosts are read through a connection") }
        return remote
    }
}
