import MartletCore

/// Cores and memory: of a worker, or of a process.
package struct Resources: Hashable, Sendable, Codable, CustomStringConvertible {
    package var cores: Int
    package var memoryBytes: Int

    package init(cores: Int, memoryBytes: Int) { (self.cores, self.memoryBytes) = (cores, memoryBytes) }

    package static let zero = Resources(cores: 0, memoryBytes: 0)

    package func fits(in room: Resources) -> Bool { cores <= room.cores && memoryBytes <= room.memoryBytes }

    package static func += (left: inout Self, right: Self) {
        left.cores += right.cores
        left.memoryBytes += right.memoryBytes
    }

    package static func -= (left: inout Self, right: Self) {
        left.cores -= right.cores
        left.memoryBytes -= right.memoryBytes
    }

    package static func - (left: Self, right: Self) -> Self {
        Resources(cores: left.cores - right.cores, memoryBytes: left.memoryBytes - right.memoryBytes)
    }

    /// `2 GiB x 4 cores`
    package var description: String { "\(Self.memory(memoryBytes)) x \(Self.cores(cores))" }

    static func cores(_ count: Int) -> String { count == 1 ? "1 core" : "\(count) cores" }

    /// `1536 MiB`
    static func memory(_ bytes: Int) -> String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes != 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift) \(unit)"
        }
        return bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes) bytes"
    }
}
