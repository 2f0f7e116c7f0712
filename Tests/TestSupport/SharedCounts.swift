import Glibc
import Synchronization

/// Numbers that several processes count up together, such as the calls of tasks, wherever they run.
///
/// They are in a file that all processes map into memory, and that is removed with the object that made it.
// The memory is mapped until the end of the object, and only accessed by atomics, for which zero bytes are a zero.
public final class SharedCounts: Codable, @unchecked Sendable {
    private let path: String
    private let count: Int
    private let numbers: UnsafeMutablePointer<Atomic<Int>>
    private let isOwner: Bool

    private enum CodingKeys: CodingKey { case path, count }

    /// The file cannot be mapped: its owner has ended.
    struct Gone: Error, CustomStringConvertible {
        let description: String
    }

    /// So many zeros.
    public init(_ count: Int) {
        var template = Array("\(memoryDirectory)/test-counts-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        precondition(file >= 0 && ftruncate(file, Self.byteCount(count)) == 0, "no file for counts at \(path)")
        defer { close(file) }
        guard let numbers = Self.map(file, count) else { preconditionFailure("counts cannot be mapped at \(path)") }
        (self.path, self.count, self.numbers, isOwner) = (path, count, numbers, true)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        path = try values.decode(String.self, forKey: .path)
        count = try values.decode(Int.self, forKey: .count)
        isOwner = false
        let file = open(path, O_RDWR | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        guard file >= 0, let mapped = Self.map(file, count) else { throw Gone(description: "the counts at \(path) are gone") }
        numbers = mapped
    }

    deinit {
        munmap(numbers, Self.byteCount(count))
        if isOwner { unlink(path) }
    }

    private static func byteCount(_ count: Int) -> Int { count * MemoryLayout<Atomic<Int>>.stride }

    private static func map(_ file: Int32, _ count: Int) -> UnsafeMutablePointer<Atomic<Int>>? {
        let memory = mmap(nil, byteCount(count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        return memory == MAP_FAILED ? nil : memory?.bindMemory(to: Atomic<Int>.self, capacity: count)
    }

    public subscript(index: Int) -> Int { numbers[index].load(ordering: .sequentiallyConsistent) }

    /// - Returns: the number before.
    @discardableResult
    public func add(_ amount: Int, at index: Int) -> Int {
        numbers[index].add(amount, ordering: .sequentiallyConsistent).oldValue
    }
}
