// Relies on V14; the table lives as long as the process.

import Synchronization

/// The most recently requested coders, at places computed from their types. Reading takes no lock: the threads of all slots
/// request the same few coders all the time, and would wait for one another.
@safe struct RecentCoders: ~Copyable, @unchecked Sendable {
    private static let placeBits = 10
    // Only atomic accesses.
    private let places: UnsafeMutablePointer<Atomic<Unmanaged<ValueCoder>?>>

    init() {
        unsafe places = .allocate(capacity: 1 << Self.placeBits)
        for place in 0..<1 << Self.placeBits { unsafe (places + place).initialize(to: Atomic(nil)) }
    }

    private static func place(of type: ObjectIdentifier) -> Int {
        Int(truncatingIfNeeded: (UInt(bitPattern: type) &* 0x9E37_79B9_7F4A_7C15) >> (64 - UInt(placeBits)))
    }

    /// The coder of a type, unless another coder has taken its place.
    func coder(of type: ObjectIdentifier) -> ValueCoder? {
        let found = unsafe places[Self.place(of: type)].load(ordering: .acquiring)?.takeUnretainedValue()
        return found?.type == type ? found : nil
    }

    /// - Parameter coder: one that is never freed.
    func publish(_ coder: ValueCoder) {
        unsafe places[Self.place(of: coder.type)].store(.passUnretained(coder), ordering: .releasing)
    }
}
