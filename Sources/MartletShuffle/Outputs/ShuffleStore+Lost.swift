import MartletBlocks
import MartletCore
import MartletPages
import MartletThreads
import Synchronization

// Published outputs that are missing or unreadable.
extension ShuffleStore {
    /// - Parameter needsFiles: whether files of all map tasks are needed, even of map tasks whose output this process has.
    func checkComplete(_ placed: LocatedOutputs, needsFiles: Bool) throws {
        let missing = placed.files.indices.filter {
            placed.files[$0] == nil && (needsFiles || placed.outputs[$0] == nil)
        }
        guard missing.isEmpty else {
            throw MissingMapOutput(
                shuffle: placed.shuffle, maps: missing, version: placed.version,
                cause: missing.lazy.compactMap { placed.lost[$0] }.first)
        }
    }

    /// Calls `body` for all wanted files that have rows, for several at the same time.
    ///
    /// - Throws: `MissingMapOutput` for all unreadable files.
    func read<Value: Sendable>(
        _ placed: LocatedOutputs, where isWanted: (Int) -> Bool,
        _ body: @escaping @Sendable (_ map: Int, RemoteMapOutput) throws -> Value
    ) throws -> [Value?] {
        let wanted = placed.files.indices.compactMap { map in
            placed.files[map].flatMap { $0.isEmpty || !isWanted(map) ? nil : (map: map, file: $0) }
        }
        var values = [Value?](repeating: nil, count: placed.files.count)
        var failures: [(Int, RemoteMapOutput, any Error)] = []
        func note(_ index: Int, _ result: Result<Value, any Error>) throws {
            switch result {
            case .success(let value): values[wanted[index].map] = value
            case .failure(let error) where error.isDamage: failures.append((wanted[index].map, wanted[index].file, error))
            case .failure(let error): throw error
            }
        }
        if let remote, wanted.count(where: { $0.file.executor != nil }) > 1 {
            let results = Mutex<[Int: Result<Value, any Error>]>([:])
            // An executor that does not answer gets no requests for its other files.
            let silent = Mutex<[ExecutorID: FetchFailure]>([:])
            remote.pool.forEach(wanted.count) { index in
                let (map, file) = wanted[index]
                let known = file.executor.flatMap { executor in silent.withLock { $0[executor] } }
                let result = Result { if let known { throw known } else { try body(map, file) } }
                if case .failure(let error as FetchFailure) = result, error.cause == .unreachable {
                    silent.withLock { $0[error.executor] = error }
                }
                results.withLock { $0[index] = result }
            }
            for (index, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { try note(index, result) }
        } else {
            for index in wanted.indices { try note(index, Result { try body(wanted[index].map, wanted[index].file) }) }
        }
        guard failures.isEmpty else { throw lose(failures, placed) }
        return values
    }

    /// Unregisters unreadable published outputs, and others that are lost as well: missing files of this host, and the other
    /// outputs of an executor that does not answer.
    func lose(_ failures: [(map: Int, file: RemoteMapOutput, error: any Error)], _ placed: LocatedOutputs) -> MissingMapOutput {
        var lost = failures.map { (file: $0.file, loss: $0.file.loss($0.map, $0.error)) }
        let silent = Set(
            failures.compactMap { failure in
                (failure.error as? FetchFailure).flatMap { $0.cause == .unreachable ? $0.executor : nil }
            })
        for (map, file) in placed.files.enumerated() where !failures.contains(where: { $0.map == map }) {
            guard let file, !file.isEmpty else { continue }
            if let executor = file.executor {
                if silent.contains(executor) {
                    lost.append((file, file.loss(map, .network, "executor \(executor) cannot be reached")))
                }
            } else if !file.isThere {
                lost.append((file, file.loss(map, .disk, "the file is gone")))
            }
        }
        shuffles.withLock { shuffles in
            for (file, loss) in lost { shuffles[placed.shuffle]?.places?.lose(file, loss) }
        }
        return MissingMapOutput(
            shuffle: placed.shuffle, maps: lost.map(\.loss.map).sorted(), version: placed.version, cause: lost.first?.loss)
    }
}

extension RemoteMapOutput {
    fileprivate func loss(_ map: Int, _ fault: MapOutputLoss.Fault, _ reason: String) -> MapOutputLoss {
        MapOutputLoss(
            map: map, fault, executor: executor, path: address.path, reason: reason)
    }

    fileprivate func loss(_ map: Int, _ error: any Error) -> MapOutputLoss {
        let fault: MapOutputLoss.Fault =
            switch (error as? FetchFailure)?.cause {
            case .unreachable, .network: .network
            case .disk, .openFiles, nil: .disk
            }
        return loss(map, fault, "\(error)")
    }
}
