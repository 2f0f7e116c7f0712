import Martlet

/// The packages that the lines of a list describe, each with the names of those it depends on.
///
///     Package: hello
///     Depends: libc6 (>= 2.34), dpkg (>= 1.15.4) | install-info
struct PackageList: Sequence, IteratorProtocol {
    private var lines: PartitionElements<String>
    private var package: String?

    init(_ lines: PartitionElements<String>) { self.lines = lines }

    /// The next package, and those that one of its lines names. A package with two such lines comes twice.
    mutating func next() -> (String, Set<String>)? {
        while let line = lines.next() {
            if let name = line.value(of: "Package: ") {
                package = name
                return (name, [])
            }
            if let package, let needed = line.value(of: "Depends: ") ?? line.value(of: "Pre-Depends: ") {
                return (package, Set(needed.split { $0 == "," || $0 == "|" }.map(Self.name)))
            }
        }
        return nil
    }

    /// The name in `libc6:any (>= 2.34)`.
    private static func name(_ dependency: Substring) -> String {
        String(dependency.drop { $0 == " " }.prefix { $0 != " " && $0 != ":" })
    }
}

extension String {
    fileprivate func value(of field: String) -> String? {
        hasPrefix(field) ? String(dropFirst(field.count)) : nil
    }
}
