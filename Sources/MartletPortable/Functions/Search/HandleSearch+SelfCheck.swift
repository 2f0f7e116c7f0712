extension HandleSearch {
    /// Searches some closures. Must run before other closures are searched, if none are sent; much cheaper than the check
    /// for sending them.
    ///
    /// - Parameter acceptsUntested: accepts a compiler that is not among `testedCompilers`.
    /// - Throws: `PortableError.compiler`, if the compiler lays closures out differently.
    package static func selfCheck(acceptsUntested: Bool = false) throws(PortableError) {
        try GraphCoder.checkVersion(acceptsUntested)
        for isRefused in [false, true] {
            let (number, text) = (GraphCoder.compiler.utf8.count, "check \(GraphCoder.compiler)")
            let handle = CheckHandle(isRefused: isRefused)
            let inner: (Int) -> Int = { $0 * number + handle.number }
            try expect(isRefused, "a string and a handle") { $0 + text.utf8.count + handle.number }
            try expect(isRefused, "a closure") { inner($0) + 1 }
            try expect(isRefused, "an optional") { [some = Optional(handle)] in (some?.number ?? 0) + $0 }
            try expect(isRefused, "a generic pair", GraphCoder.generic((number, handle)))
        }
    }

    private static func expect(
        _ isRefused: Bool, _ what: String, _ function: @escaping (Int) -> Int
    ) throws(PortableError) {
        let isFound: Bool
        do throws(PortableError) {
            try check(function)
            isFound = false
        } catch {
            isFound = true
        }
        guard isFound != isRefused else { return }
        throw .compiler(
            version: GraphCoder.compiler,
            problem: "a search of a closure with \(what) \(isFound ? "refused" : "did not find") the handle in it")
    }

    private struct CheckHandle: PortableHandle {
        struct Refusal: Error {}

        let isRefused: Bool
        /// Plain bits are not searched, unless captured by themselves: handles refer to the things that they stand for.
        let referent = [1]
        var number: Int { isRefused ? 1 : 0 }

        init(isRefused: Bool) { self.isRefused = isRefused }

        func checkCapture() throws { if isRefused { throw Refusal() } }
        func form(in session: PortableSession) -> Bool { isRefused }
        static func make(from form: Bool, in session: PortableSession) -> Self { Self(isRefused: form) }
    }
}
