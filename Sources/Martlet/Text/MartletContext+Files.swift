public import MartletBlocks
import MartletCore
import MartletFiles
import MartletLineage
import MartletPlan
import MartletTasks

extension MartletContext {
    /// The lines of text files, without their line ends.
    ///
    ///     try await context.textFile("words.txt").collect()   // ["to be or not to be", "that is the question"]
    ///     let logs = context.textFile("/var/log/*.log,/var/log/archive/*.gz")
    ///
    /// - Parameters:
    ///   - paths: a file, a directory (its files), a glob, or several of them with commas between; each a path or a `file:`
    ///     URI. A relative path is made absolute when this is called. A file whose name has a comma in it is found by its
    ///     name.
    ///   - minPartitions: nil for the number of slots, so that every core has work.
    ///
    /// Big files are split at line ends, and small ones are read together. Files that are compressed by gzip, zstd, lz4,
    /// bzip2 or xz are decompressed, even if their names do not say so; one task reads each. Archives, and text in UTF-16,
    /// are refused.
    ///
    /// A line ends with a line feed, a carriage return, or both, as in Spark: `textFile(_:delimiter:)` with `"\n"` keeps
    /// carriage returns. A UTF-8 byte order mark at the start of a file is left out.
    ///
    /// Files are looked up once, when an action runs or the program asks for partitions. A path that does not exist or
    /// cannot be read fails the action with `FileError`, unless `martlet.files.ignoreMissingFiles` or
    /// `martlet.files.ignoreCorruptFiles` says otherwise: see `passedOverFiles`. Text that is not UTF-8 is handled as the
    /// setting `martlet.input.invalidUTF8` says.
    public func textFile(
        _ paths: String, minPartitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<String> {
        let policy = settings[.invalidUTF8]
        return read("textFile", CallSite(file: file, line: line), paths, minPartitions, String.self) {
            try InputPlan.text(at: $0, minPartitions: $1, maxSplitBytes: $2, unreadable: $3)
        } open: { splits, unreadable, batchBytes in
            StringLineSource(splits, unreadable, policy: policy, batchBytes: batchBytes)
        }
    }

    /// The records of text files that a custom delimiter ends, without the delimiter: paragraphs, stanzas, entries.
    ///
    ///     let stanzas = context.textFile("/var/lib/dpkg/status", delimiter: "\n\n")
    ///     let names = stanzas.compactMap { $0.split(separator: "\n").first { $0.hasPrefix("Package: ") } }
    ///
    /// Files are found, split and decompressed as by the `textFile` that reads lines. Delimiters are searched from the
    /// start of each file and do not overlap; the text after the last one is a record if it is not empty. A task holds one
    /// record more than a batch.
    ///
    /// - Parameter delimiter: at least one character, compared by its UTF-8 bytes.
    public func textFile(
        _ paths: String, delimiter: String, minPartitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<String> {
        let site = CallSite(file: file, line: line)
        let (policy, bytes) = (settings[.invalidUTF8], Array(delimiter.utf8))
        if bytes.isEmpty { return broken("textFile", site, String.self, .problem("the delimiter is empty")) }
        return read("textFile", site, paths, minPartitions, String.self) {
            try InputPlan.text(at: $0, minPartitions: $1, maxSplitBytes: $2, unreadable: $3)
        } open: { splits, unreadable, batchBytes in
            DelimitedSource(splits, unreadable, delimiter: bytes, policy: policy, batchBytes: batchBytes)
        }
    }

    /// The lines of text files, read as `textFile` reads them but not copied into strings: for jobs that keep few of
    /// them, or only scan their bytes.
    ///
    ///     let pattern = TextPattern("ERROR")
    ///     let errors = context.textLines("server.log").filter { $0.contains(pattern) }.map { String($0) }
    ///     try await errors.first()   // "10:00:07 ERROR cannot read page 12"
    public func textLines(
        _ paths: String, minPartitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<TextLine> {
        read("textLines", CallSite(file: file, line: line), paths, minPartitions, TextLine.self) {
            try InputPlan.text(at: $0, minPartitions: $1, maxSplitBytes: $2, unreadable: $3)
        } open: { splits, unreadable, batchBytes in
            TextLineSource(splits, unreadable, batchBytes: batchBytes)
        }
    }

    /// The records of files of fixed-length records, as values of a type without padding or references.
    ///
    ///     struct Point: BitwiseCopyable { var x: Int32, y: Int32 }
    ///     let points = context.parallelize([Point(x: 1, y: 2), Point(x: 3, y: 4)], partitions: 1)
    ///     try await points.saveAsBinaryRecords("points")
    ///     try await context.binaryRecords("points", as: Point.self).map { $0.x + $0.y }.sum()   // 10
    ///
    /// - Parameter record: its size is the record length. Alignment does not matter to the file: it must be 1 or divide
    ///   the size.
    public func binaryRecords<Record: BitwiseCopyable & Sendable>(
        _ paths: String, as record: Record.Type, minPartitions: Int? = nil, file: String = #fileID,
        line: Int = #line
    ) -> RDD<Record> {
        let site = CallSite(file: file, line: line)
        let length = MemoryLayout<Record>.size
        guard length > 0, length == MemoryLayout<Record>.stride else {
            return broken(
                "binaryRecords", site, Record.self,
                .problem("\(Record.self) has \(length) bytes but needs \(MemoryLayout<Record>.stride) in a row"))
        }
        return read("binaryRecords", site, paths, minPartitions, Record.self) {
            try InputPlan.records(at: $0, length: length, minPartitions: $1, maxSplitBytes: $2, unreadable: $3)
        } open: { splits, unreadable, _ in
            RecordSource(splits, unreadable, length: length)
        }
    }

    /// The records of files of fixed-length records, as arrays of bytes.
    ///
    ///     try await context.range(1, 3, partitions: 1).saveAsBinaryRecords("numbers")
    ///     try await context.binaryRecords("numbers", length: 8).map { $0[0] }.collect()   // [1, 2]
    ///
    /// - Parameter length: bytes of a record, at most 1 GiB; the size of every file must be a multiple of it.
    public func binaryRecords(
        _ paths: String, length: Int, minPartitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<[UInt8]> {
        let site = CallSite(file: file, line: line)
        if let broken: RDD<[UInt8]> = broken("binaryRecords", site, unless: length, isWithin: .recordBytes) { return broken }
        return read("binaryRecords", site, paths, minPartitions, [UInt8].self) {
            try InputPlan.records(at: $0, length: length, minPartitions: $1, maxSplitBytes: $2, unreadable: $3)
        } open: { splits, unreadable, batchBytes in
            GeneratorSource(
                ElementType([UInt8].self), batchBytes: batchBytes, state: ByteRecords(splits, unreadable, length: length)
            ) { frame in
                guard let records = frame.state as? ByteRecords else { return }
                try records.fill(&frame)
            }
        }
    }

    /// An RDD of the contents of files. Paths are resolved when the RDD is made; files are looked up when it is planned.
    ///
    /// - Parameters:
    ///   - plan: finds the files and divides them.
    ///   - open: reads one partition.
    func read<Element>(
        _ operation: String, _ site: CallSite, _ paths: String, _ minPartitions: Int?, _: Element.Type,
        plan: @escaping @Sendable (
            InputLocations, _ minPartitions: Int, _ maxSplitBytes: Int, UnreadableFiles
        ) throws -> InputPlan,
        open: @escaping @Sendable ([InputSplit], UnreadableFiles, _ batchBytes: Int) -> BatchSource
    ) -> RDD<Element> {
        let count = minPartitions ?? slotCount
        if let broken: RDD<Element> = broken(operation, site, unless: count, isWithin: .partitions) { return broken }
        let (unreadable, splitBytes) = (unreadableFiles, settings[.inputSplitBytes])
        return input(operation, site, paths, Element.self) { locations in
            let input = try plan(locations, count, splitBytes, unreadable)
            let partitions = input.partitions
            let program = NodeProgram.source { partition, context in
                open(partitions[partition], unreadable, context.environment.batchBytes)
            }
            return PlannedInput(partitionCount: partitions.count, preferredHosts: input.preferredHosts, program: program)
        }
    }

    /// An RDD of the input at some paths.
    ///
    /// - Parameter plan: returns the number of partitions, their hosts, and the program that reads each.
    func input<Element>(
        _ operation: String, _ site: CallSite, _ paths: String, _: Element.Type,
        plan: @escaping @Sendable (InputLocations) throws -> PlannedInput
    ) -> RDD<Element> {
        let locations: InputLocations
        do {
            locations = try InputLocations(paths, operation, site)
        } catch {
            return broken(operation, site, Element.self, error)
        }
        let id = RDDID(makeID())
        return later(id, operation, site, Element.self) {
            let input = try plan(locations)
            let shape = PlanNode(
                id: id, operation: operation, callSite: site, partitionCount: input.partitionCount, dependencies: [],
                elementType: ElementType(Element.self).name, preferredHosts: input.preferredHosts)
            return (NodeLayout(shape), NodeComputation(input.program, onRelease: { _ in }))
        }.setName(paths)
    }
}

/// Input that has been looked up.
struct PlannedInput {
    let partitionCount: Int
    /// For each partition; empty where no file system tells of any.
    let preferredHosts: [[String]]
    let program: NodeProgram
}

/// Cuts blocks of records into arrays.
private final class ByteRecords {
    private let reader: RecordBlockReader
    private let length: Int
    private var rest = UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ splits: [InputSplit], _ unreadable: UnreadableFiles, length: Int) {
        reader = RecordBlockReader(splits: splits, recordLength: length, unreadable: unreadable)
        self.length = length
    }

    func fill(_ frame: inout KernelFrame) throws {
        if rest.isEmpty {
            guard let block = try reader.nextBlock() else { return }
            rest = block
        }
        let target = frame.output.assumingMemoryBound(to: [UInt8].self)
        while frame.produced < frame.capacity, !rest.isEmpty {
            (target + frame.produced).initialize(to: Array(rest.prefix(length)))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length))
            frame.produced += 1
        }
    }
}

extension FileError: EngineFailure {}
