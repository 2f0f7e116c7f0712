package import MartletCore
import MartletPages
import MartletPortable

/// A kept partition of another executor, as its bytes come.
package struct RemoteBlock {
    package let id: BlockID
    package let executor: Int
    package let bytes: any RemoteBytes

    package init(_ id: BlockID, at executor: Int, _ bytes: any RemoteBytes) {
        self.id = id
        self.executor = executor
        self.bytes = bytes
    }

    /// The elements in their order. Whoever reads them has to take a failure for the loss of the block: some elements may have
    /// been used already.
    ///
    /// - Throws: `PortableError` for a type that has no encoding. The source throws `FetchFailure` where bytes do not come, or
    ///   are not what was stored.
    package func source(_ element: ElementType) throws -> BatchSource {
        try ElementPageSource(element, IncomingPages(self, element), owner: nil)
    }

    func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as TransferError: FetchFailure(error, tries: 1)
        case _ where error is FetchFailure || !error.isDamage: error
        default:
            FetchFailure(
                cause: .network, executor: executor,
                reason: "what executor \(executor) sends of partition \(id.partition) of RDD \(id.rdd) is damaged: \(error)")
        }
    }

    /// Bytes, or why there are none.
    func next() throws -> [UInt8]? {
        do {
            return try bytes.next()
        } catch {
            throw FetchFailure(error, tries: 1)
        }
    }
}

/// Pages that come from another executor, decoded or as they are.
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

    /// The next page as it is; nil behind the last.
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

    /// Damage is that of what came, not of this process's disk.
    private func judged<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw block.failure(error)
        }
    }
}
