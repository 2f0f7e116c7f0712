/// A number for statistics, which use the nearest `Double`.
///
/// The standard library's integers and floating-point types conform. A type of your own states its number:
///
///     struct Price: DoubleConvertible {
///         var cents: Int
///         var asDouble: Double { Double(cents) / 100 }
///     }
///
/// An integer or floating-point type of your own needs only the conformance.
public protocol DoubleConvertible: Sendable, SendableMetatype {
    /// The number, rounded to the nearest `Double`.
    var asDouble: Double { get }
}

extension DoubleConvertible where Self: BinaryInteger {
    @inlinable @inline(__always)
    public var asDouble: Double { Double(self) }
}

extension DoubleConvertible where Self: BinaryFloatingPoint {
    @inlinable @inline(__always)
    public var asDouble: Double { Double(self) }
}

extension Double: DoubleConvertible {
    @inlinable @inline(__always)
    public var asDouble: Double { self }
}

extension Float: DoubleConvertible {}
extension Int: DoubleConvertible {}
extension Int8: DoubleConvertible {}
extension Int16: DoubleConvertible {}
extension Int32: DoubleConvertible {}
extension Int64: DoubleConvertible {}
extension UInt: DoubleConvertible {}
extension UInt8: DoubleConvertible {}
extension UInt16: DoubleConvertible {}
extension UInt32: DoubleConvertible {}
extension UInt64: DoubleConvertible {}
