import MartletFiles

/// Unpacks an archive of `tar` (ustar, pax and GNU), also a compressed one, that comes from somebody else. No entry gets out of
/// the folder, by its name or by a link; devices are refused, and so is more than a limit of bytes or entries.
struct ArchiveReader {
    private let file: DecompressedFile

    /// - Units: bytes
    private let limit: Int
    private var byteCount = 0
    private var entryCount = 0
    private static let block = 512
    private static let entryLimit = 1_000_000

    /// Names and extended headers are text, and short.
    private static let textLimit = 1 << 20

    /// - Throws: `ArchiveError`
    init(_ path: String, limit: Int) throws(ArchiveError) {
        self.limit = limit
        do throws(FileError) { file = try DecompressedFile(path) } catch { throw .unreadable("\(error)") }
    }

    /// Makes the folder and unpacks into it.
    mutating func unpack(into path: String) throws(ArchiveError) {
        let folder = try ArchiveFolder(path)
        // What extended headers say of the next entry.
        var (name, link, size): (String?, String?, Int?) = (nil, nil, nil)
        while let header = try nextHeader() {
            switch header.kind {
            case .longName: name = try text(header.size, "a name")
            case .longLink: link = try text(header.size, "a name")
            case .extended:
                let fields = try ExtendedHeader(try bytes(header.size, atMost: Self.textLimit, "an extended header"))
                (name, link, size) = (fields.path ?? name, fields.linkPath ?? link, fields.size ?? size)
            case .global: _ = try bytes(header.size, atMost: Self.textLimit, "an extended header")
            case .entry(let kind):
                let path = name ?? header.name
                let count = kind == .file ? size ?? header.size : 0
                try self.entry(kind, path, link ?? header.link, count, header, folder)
                (name, link, size) = (nil, nil, nil)
            }
        }
        if entryCount == 0 { throw .noArchive }
    }

    private mutating func entry(
        _ kind: ArchiveHeader.EntryKind, _ path: String, _ link: String, _ count: Int, _ header: ArchiveHeader,
        _ folder: borrowing ArchiveFolder
    ) throws(ArchiveError) {
        entryCount += 1
        if entryCount > Self.entryLimit { throw .tooMany(Self.entryLimit) }
        let parts = try ArchiveFolder.parts(path)
        switch kind {
        case .directory: try folder.makeDirectory(parts)
        case .symbolicLink: try folder.makeLink(parts, to: link)
        case .hardLink: try folder.makeHardLink(parts, to: try ArchiveFolder.parts(link))
        case .file:
            guard !parts.isEmpty else { throw .badName(path) }
            // Before anything is written.
            let sum = byteCount.addingReportingOverflow(count)
            guard !sum.overflow, sum.partialValue <= limit else { throw .tooLarge(limit) }
            byteCount = sum.partialValue
            let output = try folder.makeFile(parts, isExecutable: header.isExecutable)
            var rest = count
            while rest > 0 {
                let piece = try read(min(rest, 256 << 10))
                try output.write(piece, name: path)
                rest -= piece.count
            }
            try skipPadding(count)
        case .other(let type): throw .badKind(path, type)
        }
    }

    private mutating func nextHeader() throws(ArchiveError) -> ArchiveHeader? {
        while true {
            let bytes: [UInt8]
            do throws(FileError) { bytes = try file.read(Self.block) } catch { throw .unreadable("\(error)") }
            if bytes.isEmpty { return nil }
            guard bytes.count == Self.block else { throw .truncated }
            // Zeros end an archive; more may follow in one that was appended to.
            if bytes.allSatisfy({ $0 == 0 }) { return nil }
            guard let header = ArchiveHeader(bytes) else {
                throw entryCount == 0 ? .noArchive : .damaged
            }
            return header
        }
    }

    private func text(_ count: Int, _ what: String) throws(ArchiveError) -> String {
        String(decoding: try bytes(count, atMost: Self.textLimit, what).prefix { $0 != 0 }, as: UTF8.self)
    }

    private func bytes(_ count: Int, atMost limit: Int, _ what: String) throws(ArchiveError) -> [UInt8] {
        guard count <= limit else { throw .badHeader("\(what) of \(count) bytes") }
        let bytes = try read(count)
        try skipPadding(count)
        return bytes
    }

    private func skipPadding(_ count: Int) throws(ArchiveError) {
        let rest = count % Self.block
        if rest > 0 { _ = try read(Self.block - rest) }
    }

    private func read(_ count: Int) throws(ArchiveError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try file.read(count) } catch { throw .unreadable("\(error)") }
        guard bytes.count == count else { throw .truncated }
        return bytes
    }
}

/// An archive is not unpacked.
enum ArchiveError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case noArchive
    case truncated
    case damaged
    case badHeader(String)
    case badName(String)
    case badLink(String, target: String)
    case badKind(String, UInt8)
    case tooLarge(Int)
    case tooMany(Int)
    case notWritten(String, reason: String)

    var description: String {
        switch self {
        case .unreadable(let reason): reason
        case .noArchive: "it is no archive of tar, plain or compressed"
        case .truncated: "it ends in the middle"
        case .damaged: "it is damaged: an entry's checksum is wrong"
        case .badHeader(let what): "it has \(what), which no archive needs"
        case .badName(let name): "the entry \"\(name.prefix(200))\" would leave its folder, or has no proper name"
        case .badLink(let name, let target): "the link \"\(name.prefix(200))\" to \"\(target.prefix(200))\" would leave its folder"
        case .badKind(let name, let type):
            "the entry \"\(name.prefix(200))\" is neither a file, a directory nor a link (type \(type))"
        case .tooLarge(let limit): "it has more than \(byteText(limit)) of files"
        case .tooMany(let limit): "it has more than \(limit) entries"
        case .notWritten(let name, let reason): "the entry \"\(name.prefix(200))\" cannot be written: \(reason)"
        }
    }
}
