import MartletBlocks
package import MartletCore
package import MartletPortable
package import MartletTasks
import MartletThreads

/// A stage's program as bytes.
package struct EncodedStage: Sendable {
    /// The encoded `TravellingStage`.
    let image: [UInt8]
    /// Large values beside the image, which executors can fetch as long as this reference exists.
    package let sharedValues: UsedSharedValues

    /// - Throws: if a part of the program cannot be encoded.
    package init(_ image: TravellingStage, in handles: SharedVariables) throws(PortableError) {
        let graph = try GraphCoder.encode(image, in: handles.session)
        self.image = graph.bytes
        sharedValues = handles.sharedValues.use(graph.sharedValues.map { ($0.hash, .encoded($0)) })
    }

    /// The bytes to send to executors: the program, and the data that tasks get beside it.
    ///
    /// - Parameters:
    ///   - measuresCPU: whether tasks measure their CPU time.
    ///   - cachedRDDs: RDDs of the program with cached partitions. Tasks ask for partitions of no other RDD.
    package func packed(
        _ properties: JobProperties, measuresCPU: Bool, cachedRDDs: [RDDID] = []
    ) throws(PortableError) -> [UInt8] {
        let stage = StagePackage(image: image, properties: properties, measuresCPU: measuresCPU, cachedRDDs: cachedRDDs)
        return try StagePackage.coder.get().bytes(of: [stage])
    }
}

/// A program, and the data that its tasks get beside it.
private struct StagePackage: Sendable {
    let image: [UInt8]
    let properties: JobProperties
    let measuresCPU: Bool
    let cachedRDDs: [RDDID]

    static let coder = Result { () throws(PortableError) in try ValueCoder.of(StagePackage.self) }

    init(image: [UInt8], properties: JobProperties, measuresCPU: Bool, cachedRDDs: [RDDID]) {
        (self.image, self.properties, self.measuresCPU, self.cachedRDDs) = (image, properties, measuresCPU, cachedRDDs)
    }

    init(decoding bytes: [UInt8]) throws(PortableError) {
        self = try Self.coder.get().values(of: StagePackage.self, count: 1, in: bytes)[0]
    }
}

/// A program that has arrived in an executor. It is decoded when its first task begins.
final class InstalledProgram: Sendable {
    private let state: Monitor<State>

    /// Decoding calls functions of the user and may ask other processes, so no lock is held meanwhile.
    private enum State: Sendable {
        /// Next: `decoding`.
        case encoded([UInt8])
        /// A thread decodes the program. Next: `decoded`, or `encoded` if that fails.
        case decoding
        /// The arrived stage holds the large values of the program.
        case decoded(TaskProgram, Arrived<TravellingStage>)
    }

    init(_ bytes: [UInt8]) { state = Monitor(.encoded(bytes)) }

    /// The decoded program, with all values that it refers to. Tasks that begin meanwhile wait.
    ///
    /// - Throws: if the program cannot be decoded or a value is missing; the next call retries.
    func decoded(_ handles: SharedVariables) throws -> TaskProgram {
        let (known, bytes): (TaskProgram?, [UInt8]) = state.wait { state in
            switch state {
            case .decoded(let program, _): return (program, [])
            case .decoding: return nil
            case .encoded(let bytes):
                state = .decoding
                return (nil, bytes)
            }
        }
        if let known { return known }
        // This may call user functions, and wait for other processes.
        do {
            let package = try StagePackage(decoding: bytes)
            let image = try handles.arrived(TravellingStage.self, from: package.image)
            let program = TaskProgram(
                image.value.program(), package.properties, measuresCPU: package.measuresCPU,
                cachedRDDs: Set(package.cachedRDDs))
            state.change(waking: .max) { $0 = .decoded(program, image) }
            return program
        } catch {
            state.change(waking: .max) { $0 = .encoded(bytes) }
            throw error
        }
    }
}
