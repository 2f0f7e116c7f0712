// Relies on V7: mangled names end with a zero byte, and a control character precedes each reference into the image.

/// How the compiler names the type of a capture.
@safe
struct CaptureName {
    let start: UnsafeRawPointer
    let length: Int
    /// The name with "<address>" for each reference into the image, so that equal texts are equal types.
    let text: String
    /// The struct, enum or class that the name begins with, if the program defines it.
    let nominal: NominalType?

    init(_ start: UnsafeRawPointer) {
        var (index, text) = (0, "")
        while true {
            let byte = unsafe start.load(fromByteOffset: index, as: UInt8.self)
            if byte == 0 { break }
            if byte > 0x1F {
                text.unicodeScalars.append(Unicode.Scalar(byte))
                index += 1
            } else {
                let place = unsafe start + index + 1
                let target = unsafe byte <= 0x17 ? place + Int(place.loadUnaligned(as: Int32.self)) : place
                text += "<\(UInt(bitPattern: target))>"
                index += byte <= 0x17 ? 5 : 9
            }
        }
        unsafe self.start = start
        length = index
        self.text = text
        nominal = unsafe Self.nominal(start)
    }

    /// For a name that begins with a reference to a description, or to the place of its address.
    private static func nominal(_ start: UnsafeRawPointer) -> NominalType? {
        let kind = unsafe start.load(as: UInt8.self)
        guard kind == 1 || kind == 2 else { return nil }
        let place = unsafe start + 1
        let target = unsafe place + Int(place.loadUnaligned(as: Int32.self))
        return unsafe NominalType(kind == 1 ? target : target.load(as: UnsafeRawPointer.self))
    }

    var isClass: Bool { nominal?.kind == .object }

    /// The name consists of the name of `nominal` only.
    var isPlain: Bool { length == 5 }

    /// "weak", "unowned" or "unmanaged".
    var reference: String? {
        let references = [("Xw", "weak"), ("Xwz_Xx", "weak"), ("Xo", "unowned"), ("Xu", "unmanaged")]
        return references.first { text.hasSuffix($0.0) }?.1
    }

    /// A box that holds a variable shared by several closures.
    var isBox: Bool { text.hasSuffix("Xx") || text.hasSuffix("XX") || text.hasSuffix("Xb") }

    /// A metatype that takes no memory, since its type has only one.
    var isThinMetatype: Bool { text.hasSuffix("XMt") }

    var isThickMetatype: Bool { text.hasSuffix("XMT") }

    /// The text after `I` in the name of a function as the compiler lowers it, such as `egyd`; nil if it is not a function.
    var functionTraits: Substring? {
        guard text.hasSuffix("_") else { return nil }
        let letters = text.dropLast().reversed().prefix { $0.isASCII && $0.isLetter }
        let word = String(letters.reversed())
        guard let start = word.lastIndex(of: "I"), !word.hasSuffix("Qy"), !word.hasSuffix("Qyd") else { return nil }
        return word[start...].dropFirst()
    }

    /// The same for an optional of a function.
    var optionalFunctionTraits: Substring? {
        guard text.hasSuffix("_Sg") else { return nil }
        return CaptureName.traits(of: String(text.dropLast(2)))
    }

    private static func traits(of text: String) -> Substring? { CaptureName(text: text).functionTraits }

    private init(text: String) {
        unsafe start = UnsafeRawPointer(bitPattern: 16)!
        length = 0
        nominal = nil
        self.text = text
    }
}
