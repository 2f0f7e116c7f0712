/// The program or a library, as loaded into this process.
struct ProgramImage: Sendable {
    /// The last part of its path; "" for the program itself.
    let name: String
    /// Identifies the build: equal where the same file is loaded.
    let identity: UInt64
    /// The origin of offsets.
    let base: UInt
    var segments: [Segment] = []

    struct Segment: Sendable {
        let range: Range<UInt>
        let isExecutable: Bool
    }

    /// The expected content at an address. Some linkers place constant data before the code.
    enum Content { case code, data }

    func contains(_ address: UInt, _ content: Content) -> Bool {
        segments.contains { $0.range.contains(address) && ($0.isExecutable || content == .data) }
    }
}
