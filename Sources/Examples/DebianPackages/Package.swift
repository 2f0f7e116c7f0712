/// A package and the names of its dependencies.
///
///     Package: hello
///     Depends: libc6 (>= 2.34), dpkg (>= 1.15.4) | install-info
struct Package {
    let name: String
    let needed: Set<String>

    /// - Parameter stanza: the lines of a list that describe a package; nil if they describe something else.
    init?(_ stanza: String) {
        var name: String?
        var needed: Set<String> = []
        for line in stanza.split(separator: "\n") {
            if let value = line.value(of: "Package: ") {
                name = String(value)
            } else if let value = line.value(of: "Depends: ") ?? line.value(of: "Pre-Depends: ") {
                needed.formUnion(value.split { $0 == "," || $0 == "|" }.map(Self.name))
            }
        }
        guard let name else { return nil }
        self.name = name
        self.needed = needed
    }

    /// The name in `libc6:any (>= 2.34)`.
    private static func name(_ dependency: Substring) -> String {
        String(dependency.drop { $0 == " " }.prefix { $0 != " " && $0 != ":" })
    }
}

extension Substring {
    fileprivate func value(of field: String) -> Substring? { hasPrefix(field) ? dropFirst(field.count) : nil }
}
