/// The layout of functions is not promised: versions of the compiler are tested before use.
extension GraphCoder {
    /// Versions of Swift with which all shapes of closures have been tested.
    public static let testedCompilers = ["6.3"]

    /// The compiler version of this build.
    static var compiler: String {
        #if compiler(>=6.5)
        "6.5 or later"
        #elseif compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2 or earlier"
        #endif
    }

    /// Encodes, decodes and calls some closures. Must run before closures are sent.
    ///
    /// - Parameter acceptsUntested: accepts a compiler that is not among `testedCompilers`.
    /// - Throws: `PortableError.compiler`, if the compiler lays closures out differently.
    public static func selfCheck(acceptsUntested: Bool = false) throws(PortableError) {
        try checkVersion(acceptsUntested)
        let (number, text, list) = (compiler.utf8.count + 4, "check \(compiler)", [compiler, "b"])
        let inner: (Int) -> Int = { $0 * number }
        try check("a number") { $0 + number }
        try check("a string and an array") { $0 + text.utf8.count + list.count }
        try check("a closure") { inner($0) + 1 }
        try check("an optional and a closure") { [some = Optional(number)] in inner($0) + (some ?? 0) }
        try check("a generic value", generic(list))
        try check("a generic pair", generic((number, text)))
        try check("an array alone") { $0 + list.count }
    }

    static func checkVersion(_ acceptsUntested: Bool) throws(PortableError) {
        guard acceptsUntested || testedCompilers.contains(compiler) else {
            throw .compiler(
                version: compiler,
                problem: "they were tried with Swift \(testedCompilers.joined(separator: ", ")); "
                    + "set martlet.portable.unchecked=true to go on at your own risk")
        }
    }

    @inline(never)
    static func generic<Value>(_ value: Value) -> (Int) -> Int { { "\(value)".utf8.count + $0 } }

    private static func check(_ what: String, _ function: @escaping (Int) -> Int) throws(PortableError) {
        let problem: String
        do throws(PortableError) {
            let copy = try decode(((Int) -> Int).self, from: encode(function))
            if copy(3) == function(3) { return }
            problem = "its copy gives another result"
        } catch {
            problem = "\(error)"
        }
        throw .compiler(version: compiler, problem: "the check of a closure with \(what) failed: \(problem)")
    }
}
