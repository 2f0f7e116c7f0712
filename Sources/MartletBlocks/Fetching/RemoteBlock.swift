package import MartletCore
import MartletPages
import MartletPortable

/// A cached partition of another executor, as its bytes arrive.
package struct RemoteBlock {
    package let id: BlockID
    package let executor: ExecutorID
    package let bytes: any RemoteBytes

    package init(_ id: BlockID, at executor: ExecutorID, _ bytes: any RemoteBytes) {
        self.id = id
        self.executor = executor
        self.bytes = bytes
    }

    /// The elements in their order. The reader must treat a failure as the loss of the block, since it may already have used
    /// some elements.
    ///
    /// - Throws: `PortableError` for a type that has no encoding. The source throws `FetchFailure` if bytes do not arrive, or
    ///   differ from the stored bytes.
    package func source(_ element: ElementType) throws -> BatchSource {
        try ElementPageSource(element, IncomingPages(self, element), owner: nil)
    }

    func failure(_ error: any Error) -> any Error {
        switch error {
        case _ where error is FetchFailure || !error.isDamage: error
        default:
            FetchFailure(
                cause: .network, executor: executor,
                reason: "what executor \(executor) sends of partition \(id.partition) of RDD \(id.rdd) is damaged: \(error)")
        }
    }

    /// The next bytes; throws the `FetchFailure` of the only try.
    func next() throws -> [UInt8]? {
        do {
            return try bytes.next()
        } catch {
            throw error.after(tries: 1)
        }
    }
}

/// Pages that arrive from another executor, decoded or encoded.
final class IncomingPages: PageInput {
    let element: ElementType
    private let block: RemoteBlock
    private let elementHash: UInt64
    private let assembler: PageAssembler

    init(_ block: RemoteBlock, _ element: ElementType) throws {
        self.block = block
        self.element = element
        elementHash = try ValueCoder.of(element.type).layoutHash
        assembler = PageAssembler("partition \(block.id.partition) of RDD \(block.id.rdd)", isFile: true)
    }

    /// The next page, still encoded; nil after the last one.
    func next() throws -> (bytes: [UInt8], count: Int)? {
        while true {
            if let page = try judged({ try assembler.nextEncoded(elementHash: elementHash) }) { return page }
            guard try fill() else { return nil }
        }
    }

    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool {
        while true {
            if let page = try judged({ try assembler.next(elementHash: elementHash) }) {
                try judged { try body(page) }
                return true
            }
            guard try fill() else { return false }
        }
    }

    private func fill() throws -> Bool {
        guard let bytes = try block.next() else {
            try judged { try assembler.finish() }
            return false
        }
        assembler.append(bytes)
        return true
    }

    /// Reports damage as that of the received bytes, not of this process's disk.
    private func judged<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw block.failure(error)
        }
    }
}
