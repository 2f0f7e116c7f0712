import MartletClusterClient

/// Whether this machine can run a program, as far as its first bytes tell; the system's own errors say less.
enum ProgramCheck {
    /// Why it cannot; nil if it seems that it can.
    static func problem(of path: String, name: String) -> String? {
        problem(firstBytes: Folders.firstBytes(of: path, count: 4096), name: name) { Folders.exists($0) }
    }

    static func problem(firstBytes bytes: [UInt8], name: String, exists: (String) -> Bool) -> String? {
        if bytes.starts(with: [0x23, 0x21]) {
            let line = String(decoding: bytes.dropFirst(2).prefix { $0 != 10 }, as: UTF8.self)
            guard let interpreter = line.split(separator: " ").first.map(String.init) else { return "\(name) names no interpreter" }
            return exists(interpreter) ? nil : "\(name) needs \(interpreter), which is missing on this machine"
        }
        guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            return "\(name) is no program of Linux: it begins neither as an ELF file nor with #!"
        }
        let machine = number(bytes, at: 18, 2)
        guard bytes[4] == 2, bytes[5] == 1, machine == ownMachine else {
            let found = bytes[5] == 1 ? machines[machine] ?? "machine \(machine)" : "a big-endian processor"
            return "\(name) is built for \(found), and this machine is \(machines[ownMachine] ?? "another")"
        }
        guard let interpreter = interpreter(bytes), !exists(interpreter) else { return nil }
        return "\(name) needs the loader \(interpreter), which is missing on this machine: link it statically, or install its libc"
    }

    /// The loader that an ELF file asks for; nil if it needs none, or if that is not among the first bytes.
    private static func interpreter(_ bytes: [UInt8]) -> String? {
        let (start, size, count) = (number(bytes, at: 32, 8), number(bytes, at: 54, 2), number(bytes, at: 56, 2))
        guard size >= 56, start >= 0, start <= bytes.count else { return nil }
        for index in 0..<count {
            let header = start + index * size
            guard header + 56 <= bytes.count else { return nil }
            guard number(bytes, at: header, 4) == 3 else { continue }
            let (offset, length) = (number(bytes, at: header + 8, 8), number(bytes, at: header + 32, 8))
            guard offset >= 0, length > 1, offset <= bytes.count, length <= bytes.count - offset else { return nil }
            return String(decoding: bytes[offset..<offset + length].prefix { $0 != 0 }, as: UTF8.self)
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], at start: Int, _ count: Int) -> Int {
        Int(truncatingIfNeeded: (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) })
    }

    #if arch(x86_64)
    static let ownMachine = 62
    #elseif arch(arm64)
    static let ownMachine = 183
    #endif

    private static let machines = [
        3: "i386", 21: "ppc64", 22: "s390", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv", 258: "loongarch",
    ]

    /// What the loader of a program missed, by its end and what it wrote; nil if it missed nothing.
    static func missing(code: Int32, errors: [UInt8]) -> String? {
        guard code == 127 || code == 1 else { return nil }
        let lines = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline)
        if let line = lines.first(where: { $0.contains("version `GLIBC_") && $0.contains("not found") }) {
            return "this machine's libc is too old for the program (\(line.prefix(300))); build it on a system that is as old"
        }
        if let line = lines.first(where: { $0.contains("error while loading shared libraries") }) {
            return "this machine has not what the program needs (\(line.prefix(300))); link it with --static-swift-stdlib"
        }
        return nil
    }
}
