/// The block of 512 bytes that begins an entry of a `tar` archive.
struct ArchiveHeader: Equatable {
    enum Kind: Equatable {
        case entry(EntryKind)

        /// What follows is the name of the next entry, or the target of its link.
        case longName, longLink

        /// What follows are fields of the next entry, or of all.
        case extended, global
    }

    enum EntryKind: Equatable {
        case file, directory, symbolicLink, hardLink
        case other(UInt8)
    }

    let name: String
    let link: String

    /// - Units: bytes
    let size: Int
    let kind: Kind
    let isExecutable: Bool

    /// - Returns: nil if the checksum or a number is wrong.
    init?(_ block: [UInt8]) {
        guard block.count == 512, let sum = Self.number(block[148..<156]), let size = Self.number(block[124..<136]), size >= 0,
            let mode = Self.number(block[100..<108])
        else { return nil }
        let found = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
        guard found == sum else { return nil }
        let (name, prefix) = (Self.text(block[0..<100]), Self.text(block[345..<500]))
        // Only POSIX archives have a prefix; GNU puts times there.
        let hasPrefix = block[257..<263].elementsEqual("ustar\0".utf8) && !prefix.isEmpty
        self.name = hasPrefix ? "\(prefix)/\(name)" : name
        link = Self.text(block[157..<257])
        self.size = size
        isExecutable = mode & 0o111 != 0
        kind = Self.kind(block[156], name)
    }

    private static func kind(_ type: UInt8, _ name: String) -> Kind {
        switch UnicodeScalar(type) {
        // Old archives mark directories by their names.
        case "0", "\0", "7": .entry(name.hasSuffix("/") ? .directory : .file)
        case "1": .entry(.hardLink)
        case "2": .entry(.symbolicLink)
        case "5": .entry(.directory)
        case "L": .longName
        case "K": .longLink
        case "x": .extended
        case "g": .global
        default: .entry(.other(type))
        }
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String { String(decoding: field.prefix { $0 != 0 }, as: UTF8.self) }

    /// Octal digits, or GNU's binary form for what does not fit.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80, field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
            return field.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        let text = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
        if text.isEmpty { return 0 }
        return Int(String(decoding: text, as: UTF8.self), radix: 8)
    }
}

/// Fields of the next entry that do not fit in its header: lines of `length name=value`.
struct ExtendedHeader {
    private(set) var path: String?
    private(set) var linkPath: String?
    private(set) var size: Int?

    init(_ bytes: [UInt8]) throws(ArchiveError) {
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            let digits = rest.prefix { $0 != 32 }
            guard digits.count < 10, let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1,
                length <= rest.count
            else { throw .badHeader("a broken extended header") }
            let line = String(decoding: rest.prefix(length).dropFirst(digits.count + 1).dropLast(), as: UTF8.self)
            rest = rest.dropFirst(length)
            guard let end = line.firstIndex(of: "=") else { throw .badHeader("a broken extended header") }
            let value = String(line[line.index(after: end)...])
            switch line[..<end] {
            case "path": path = value
            case "linkpath": linkPath = value
            case "size":
                guard let count = Int(value), count >= 0 else { throw .badHeader("a broken size") }
                size = count
            // A file with holes, whose bytes would not be its content.
            case let name where name.hasPrefix("GNU.sparse"): throw .badHeader("a sparse file")
            default: break
            }
        }
    }
}
