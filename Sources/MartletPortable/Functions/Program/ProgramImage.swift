/// The program or a library, as it is loaded into this process.
struct ProgramImage: Sendable {
    /// The last part of its path; "" for the program itself.
    let name: String
    /// Of the build: equal where the same file is loaded.
    let identity: UInt64
    /// What offsets are counted from.
    let base: UInt
    var segments: [Segment] = []

    struct Segment: Sendable {
        let range: Range<UInt>
        let isExecutable: Bool
    }

    /// What is wanted at an address. Some linkers put data that does not change in front of the code.
    enum Content { case code, data }

    func contains(_ address: UInt, _ content: Content) -> Bool {
        segments.contains { $0.range.contains(address) && ($0.isExecutable || content == .data) }
    }
}
