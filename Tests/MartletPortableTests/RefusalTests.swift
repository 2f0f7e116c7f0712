import MartletPortable
import Testing

/// The error for a value that cannot travel contains the path to it.
@Suite struct RefusalTests {
    final class Socket {}
    struct Session { var name: String; var socket: Socket }
    struct Job { weak var owner: Socket?; var id: Int }
    struct Guest { unowned var host: Socket }
    struct Borrowed { unowned(unsafe) var host: Socket }
    struct Action { var name: String; var run: () -> Void }
    struct Window { var bytes: UnsafeRawPointer; var count: Int }
    struct Named { var error: any Error }
    enum Choice { case none, socket(Int, Socket), later(() -> Void) }
    enum Endless<Content> { case end; indirect case more(Content, Endless<[Content]>) }
    protocol Drawable {}

    static let refusals: [(type: Any.Type, text: String)] = [
        (Socket.self, "Socket: Socket is a class without Codable"),
        ((String, Session).self, "(String, Session).1.socket: Socket is a class without Codable"),
        ((a: Int, b: Socket).self, "(a: Int, b: Socket).b: Socket is a class without Codable"),
        ([Session].self, "Array<Session>.element.socket: Socket is a class without Codable"),
        ([String: Socket].self, "Dictionary<String, Socket>.value: Socket is a class without Codable"),
        (Socket?.self, "Optional<Socket>.some: Socket is a class without Codable"),
        (Job.self, "Job: Job holds a weak reference"),
        (Guest.self, "Guest.host: it is unowned, and would refer to nothing elsewhere"),
        (Borrowed.self, "Borrowed.host: it is unmanaged, and would refer to nothing elsewhere"),
        (Action.self, "Action.run: () -> () is a function"),
        (Window.self, "Window.bytes: UnsafeRawPointer holds an address of this process"),
        (UnsafeMutablePointer<Int>.self, "UnsafeMutablePointer<Int>: UnsafeMutablePointer<Int> holds an address of this process"),
        (UnsafeBufferPointer<Int>.self, "UnsafeBufferPointer<Int>._position.some: UnsafePointer<Int> holds an address of this process"),
        (OpaquePointer.self, "OpaquePointer: OpaquePointer holds an address of this process"),
        (ObjectIdentifier.self, "ObjectIdentifier: ObjectIdentifier holds an address of this process"),
        (StaticString.self, "StaticString: StaticString holds an address of this process"),
        (Named.self, "Named.error: Error is a protocol's existential, whose type is known only at run time"),
        (Any.self, "Any: Any is a protocol's existential, whose type is known only at run time"),
        ((any Drawable).self, "Drawable: Drawable is a protocol's existential, whose type is known only at run time"),
        (Any.Type.self, "Any.Type: Any.Type is a metatype"),
        (Int.Type.self, "Int.Type: Int.Type is a metatype"),
        (Choice.self, "Choice.socket.1: Socket is a class without Codable"),
    ]

    @Test(arguments: refusals.indices) func whatCannotTravelIsNamed(_ index: Int) {
        let (type, text) = Self.refusals[index]
        let error = #expect(throws: PortableError.self) { try ValueCoder.of(type) }
        #expect(error?.description == text)
    }

    @Test func endlessTypesAreRefused() {
        let error = #expect(throws: PortableError.self) { try ValueCoder.of(Endless<Int>.self) }
        #expect(error?.description.hasSuffix("types are nested more than 200 deep") == true)
    }
}
