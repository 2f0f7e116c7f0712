// Relies on V7: a pointer to the table of value witnesses precedes a type's metadata, as the Swift ABI lays it out.

/// The functions of every type for handling its values.
@safe
struct ValueWitnesses: @unchecked Sendable {
    private let metadata: UnsafeRawPointer
    private let table: UnsafeRawPointer
    let size: Int
    let stride: Int
    private let flags: UInt32

    init(metadata: UnsafeRawPointer) {
        unsafe self.metadata = metadata
        unsafe table = metadata.load(fromByteOffset: -8, as: UnsafeRawPointer.self)
        size = unsafe table.load(fromByteOffset: 64, as: Int.self)
        stride = unsafe table.load(fromByteOffset: 72, as: Int.self)
        flags = unsafe table.load(fromByteOffset: 80, as: UInt32.self)
    }

    /// The number of bit patterns that are not values of the type.
    var spareValueCount: Int { unsafe Int(table.load(fromByteOffset: 84, as: UInt32.self)) }

    var alignment: Int { Int(flags & 0xFF) + 1 }
    /// Destroying a value does nothing.
    var isTrivial: Bool { flags & 0x1_0000 == 0 }
    /// A value may be moved by copying its bits: true for all values but those that the runtime lists (weak references).
    var movesAsBits: Bool { flags & 0x10_0000 == 0 }

    /// Values can be copied; some locks and atomics cannot.
    var isCopyable: Bool { flags & 0x80_0000 == 0 }

    /// Whether `tag`, `projectPayload` and `inject` exist; optionals share the tables of other types.
    var knowsCases: Bool { flags & 0x20_0000 != 0 }

    /// Initialises `target` with a copy of a value.
    func copy(_ value: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        typealias Witness = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer
        _ = unsafe witness(2, as: Witness.self)(target, value, metadata)
    }

    func destroy(_ value: UnsafeMutableRawPointer) {
        typealias Witness = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Void
        unsafe witness(1, as: Witness.self)(value, metadata)
    }

    /// The number of an enum's case: cases with payloads first, both kinds in the order of their declaration.
    func tag(_ value: UnsafeRawPointer) -> Int {
        typealias Witness = @convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UInt32
        return Int(unsafe witness(11, as: Witness.self)(value, metadata))
    }

    /// Turns an enum into its payload, in place.
    func projectPayload(_ value: UnsafeMutableRawPointer) {
        typealias Witness = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Void
        unsafe witness(12, as: Witness.self)(value, metadata)
    }

    /// Turns a payload into its enum, in place.
    func inject(_ tag: Int, _ payload: UnsafeMutableRawPointer) {
        typealias Witness = @convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Void
        unsafe witness(13, as: Witness.self)(payload, UInt32(tag), metadata)
    }

    /// For an enum with one payload of this type: 0 for the payload, or the number of the case without payload.
    func singlePayloadTag(_ value: UnsafeRawPointer, emptyCases: Int) -> Int {
        typealias Witness = @convention(c) (UnsafeRawPointer, UInt32, UnsafeRawPointer) -> UInt32
        return Int(unsafe witness(6, as: Witness.self)(value, UInt32(emptyCases), metadata))
    }

    /// Makes a value of this type, or uninitialised memory, a case of an enum with one payload of this type.
    func injectSinglePayload(_ tag: Int, _ value: UnsafeMutableRawPointer, emptyCases: Int) {
        typealias Witness = @convention(c) (UnsafeMutableRawPointer, UInt32, UInt32, UnsafeRawPointer) -> Void
        unsafe witness(7, as: Witness.self)(value, UInt32(tag), UInt32(emptyCases), metadata)
    }

    @inline(__always)
    private func witness<Function>(_ index: Int, as type: Function.Type) -> Function {
        unsafe unsafeBitCast(table.load(fromByteOffset: index * 8, as: UnsafeRawPointer.self), to: type)
    }
}
