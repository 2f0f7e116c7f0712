import MartletClusterClient
import MartletClusterState
import MartletNetwork
import MartletThreads
import Synchronization

/// The files of drivers: programs, and what goes with them. Submitters store them, workers fetch them.
///
/// A file is held, and so not removed, while the connection is there that has stored it, and while a driver lives that needs it.
final class MasterFiles: Sendable {
    private let shelf: FileShelf
    private let storeTimeout: Duration
    private let readers = ThreadPool("the master's files", threads: 2, stackBytes: 8 << 20)
    private let writers = ThreadPool("stored files", threads: 4, stackBytes: 8 << 20)
    private let held = Mutex(Held())

    private struct Held: Sendable {
        /// The holds of each file, and its size.
        var counts: [String: (count: Int, byteCount: Int)] = [:]
        var totalBytes = 0
        var byConnection: [Int: [FileReference]] = [:]

        /// Connections that have closed while a file was on its way.
        var arriving: [Int: Int] = [:]
        var closed: Set<Int> = []

        mutating func hold(_ file: FileReference) {
            if counts[file.hash] == nil { totalBytes += file.byteCount }
            counts[file.hash, default: (0, file.byteCount)].count += 1
        }

        mutating func release(_ file: FileReference) {
            guard let entry = counts[file.hash] else { return }
            counts[file.hash] = entry.count > 1 ? (entry.count - 1, entry.byteCount) : nil
            if entry.count == 1 { totalBytes -= entry.byteCount }
        }
    }

    init(_ directory: String, limit: Int, storeTimeout: Duration) throws(FileServiceError) {
        (shelf, self.storeTimeout) = (try FileShelf(directory, limit: limit), storeTimeout)
    }

    func stop() {
        readers.stop()
        writers.stop()
    }

    /// Answers with the bytes of a file.
    func serve(_ hash: String, _ answer: NetworkAnswer) {
        readers.enqueue([
            { [shelf] in
                guard let path = shelf.path(of: hash) else { return answer.fail("the master has no file \(shownText(String(hash.prefix(12))))") }
                answer.stream(file: path)
            }
        ])
    }

    /// Gets a file from the process that asks for it to be stored.
    func store(_ file: FileReference, from connection: any NetworkConnection, number: Int, _ answer: NetworkAnswer) {
        let hasRoom = held.withLock { held in
            guard file.byteCount >= 0, held.counts[file.hash] != nil || file.byteCount <= shelf.limit - held.totalBytes else { return false }
            held.hold(file)
            held.arriving[number, default: 0] += 1
            return true
        }
        guard hasRoom else {
            return answer.fail(
                "\(shownText(file.name)) has \(file.byteCount) bytes, and the files of the master's drivers may have \(shelf.limit) in all")
        }
        shelf.hold([file.hash])
        writers.enqueue([
            { [self] in
                do throws(FileServiceError) {
                    _ = try shelf.fetch(file) { () throws(FileServiceError) -> NetworkStream in
                        connection.stream(ClusterCoding.encode(ClusterRequest.file(hash: file.hash)), timeout: storeTimeout)
                    }
                    arrived(file, for: number, isStored: true)
                    answer.send([])
                } catch {
                    arrived(file, for: number, isStored: false)
                    answer.fail(shownText(error.description))
                }
            }
        ])
    }

    private func arrived(_ file: FileReference, for number: Int, isStored: Bool) {
        let isKept = held.withLock { held in
            held.arriving[number]! -= 1
            let isLast = held.arriving[number] == 0
            if isLast { held.arriving[number] = nil }
            let isClosed = held.closed.contains(number)
            if isLast { held.closed.remove(number) }
            if isStored, !isClosed {
                held.byConnection[number, default: []].append(file)
                return true
            }
            held.release(file)
            return false
        }
        if !isKept { shelf.release([file.hash]) }
    }

    /// A connection is gone: what it has stored is only held for drivers.
    func closed(_ number: Int) {
        let files = held.withLock { held in
            if held.arriving[number] != nil { held.closed.insert(number) }
            let files = held.byConnection.removeValue(forKey: number) ?? []
            for file in files { held.release(file) }
            return files
        }
        shelf.release(files.map(\.hash))
    }

    /// The files that are not here, of those that a driver needs.
    func missing(_ program: ProgramLaunch) -> [FileReference] { program.allFiles.filter { shelf.path(of: $0.hash) == nil } }

    func hold(_ program: ProgramLaunch) {
        held.withLock { held in for file in program.allFiles { held.hold(file) } }
        shelf.hold(program.allFiles.map(\.hash))
    }

    func release(_ program: ProgramLaunch) {
        held.withLock { held in for file in program.allFiles { held.release(file) } }
        shelf.release(program.allFiles.map(\.hash))
    }
}

extension ProgramLaunch {
    /// All that a process needs, the program first.
    var allFiles: [FileReference] { [program] + files + archives }
}
