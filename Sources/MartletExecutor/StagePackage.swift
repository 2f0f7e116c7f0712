package import MartletCore
package import MartletPortable
import Synchronization

/// A stage's program as bytes, with what its tasks are told beside it.
package struct StagePackage: Sendable {
    /// The encoded `StageImage`.
    let image: [UInt8]
    let properties: JobProperties
    /// Whether somebody wants to know what time tasks take.
    let measuresCPU: Bool

    private static let coder = Result { () throws(PortableError) in try ValueCoder.of(StagePackage.self) }

    /// Encodes a program.
    ///
    /// - Returns: the bytes, and large values beside them that executors will fetch: they are pinned in the table.
    /// - Throws: what in the program cannot travel.
    package static func encode(
        _ image: StageImage, properties: JobProperties, measuresCPU: Bool, in handles: HandleTable
    ) throws -> (bytes: [UInt8], blobs: [PortableHash]) {
        let graph = try GraphCoder.encode(image, in: handles.session)
        let package = StagePackage(image: graph.bytes, properties: properties, measuresCPU: measuresCPU)
        let bytes = try coder.get().bytes(of: [package])
        for blob in graph.blobs { handles.blobs.add(.encoded(blob), as: blob.hash, pinned: true) }
        return (bytes, graph.blobs.map(\.hash))
    }

    private init(image: [UInt8], properties: JobProperties, measuresCPU: Bool) {
        (self.image, self.properties, self.measuresCPU) = (image, properties, measuresCPU)
    }

    init(decoding bytes: [UInt8]) throws(PortableError) {
        self = try Self.coder.get().values(of: StagePackage.self, count: 1, in: bytes)[0]
    }
}

/// A program that has arrived in an executor. It is decoded when its first task begins.
final class InstalledProgram: Sendable {
    private let bytes: [UInt8]
    private let state = Mutex<Decoded?>(nil)

    struct Decoded: Sendable {
        let program: StageProgram
        let properties: JobProperties
        let measuresCPU: Bool
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The program, with all that it refers to. Tasks that begin meanwhile wait.
    ///
    /// - Throws: what it lacks; the next call tries again.
    func decoded(_ handles: HandleTable) throws -> Decoded {
        try state.withLock { state in
            if let state { return state }
            let package = try StagePackage(decoding: bytes)
            let image = try GraphCoder.decode(
                StageImage.self, from: package.image, blobs: handles.bytes, in: handles.session)
            try handles.fetchAwaited()
            let decoded = Decoded(
                program: image.program(), properties: package.properties, measuresCPU: package.measuresCPU)
            state = decoded
            return decoded
        }
    }
}
