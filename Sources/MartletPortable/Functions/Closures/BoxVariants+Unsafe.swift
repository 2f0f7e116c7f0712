// Relies on V7 and V11.

/// A value in a box that determines a capture's type: the class of the object at an offset, or the word there.
struct CaptureProbe: Equatable {
    let offset: Int
    let isObject: Bool
    let word: UInt

    static func object(_ box: UnsafeRawPointer, _ offset: Int) -> CaptureProbe {
        let type: AnyClass = unsafe Swift.type(of: box.load(fromByteOffset: offset, as: AnyObject.self))
        return CaptureProbe(offset: offset, isObject: true, word: UInt(bitPattern: ObjectIdentifier(type)))
    }

    static func word(_ box: UnsafeRawPointer, _ offset: Int) -> CaptureProbe {
        unsafe CaptureProbe(offset: offset, isObject: false, word: box.load(fromByteOffset: offset, as: UInt.self))
    }

    var type: Any.Type { unsafe unsafeBitCast(word, to: Any.Type.self) }

    /// Whether another box holds the same value, provided that all earlier probes hold there.
    func holds(in box: UnsafeRawPointer) -> Bool {
        unsafe self == (isObject ? .object(box, offset) : .word(box, offset))
    }
}

/// A closure, and the bindings of its generic code.
struct BoxKey: Hashable {
    private let metadata: UInt
    private let bindings: [UInt]

    init(_ box: ClosureBox, _ object: UnsafeRawPointer) {
        metadata = unsafe UInt(bitPattern: box.metadata)
        bindings = unsafe box.bindings(of: object).map { unsafe UInt(bitPattern: $0.word) }
    }
}

/// The values known for the boxes with one key: one for all boxes whose probes, which determine the captures' types, agree.
struct BoxVariants<Value> {
    private var variants: [(probes: [CaptureProbe], value: Value)] = []

    func value(for object: UnsafeRawPointer) -> Value? {
        variants.first { $0.probes.allSatisfy { unsafe $0.holds(in: object) } }?.value
    }

    mutating func insert(_ value: Value, _ probes: [CaptureProbe]) { variants.append((probes, value)) }
}

extension BoxVariants: Sendable where Value: Sendable {}
