import MartletClusterClient
import MartletClusterState
import MartletNetwork

/// The files of one process: gets them from a master or from the driver of the application, and puts them into its directory.
/// Used by one thread.
final class FileArrival {
    private let process: WorkProcess
    private let shelf: FileShelf
    private let network: any Networking
    private let options: WorkerOptions
    private let connection: (ClusterAddress) -> (any NetworkConnection)?

    /// The connection to the driver, made when the first file is missing.
    private var driver: (any NetworkConnection)?

    init(
        _ process: WorkProcess, _ shelf: FileShelf, _ network: any Networking, _ options: WorkerOptions,
        _ connection: @escaping (ClusterAddress) -> (any NetworkConnection)?
    ) {
        (self.process, self.shelf, self.network, self.options) = (process, shelf, network, options)
        self.connection = connection
    }

    func end() {
        process.arrives(nil)
        driver?.close(reason: "all files are there")
    }

    /// Gets a file, unless it is on the shelf.
    /// - Returns: its path there
    func fetch(_ file: FileReference) throws(StartFailure) -> String {
        do throws(FileServiceError) {
            return try shelf.fetch(file) { () throws(FileServiceError) -> NetworkStream in
                let request = ClusterCoding.encode(ClusterRequest.file(hash: file.hash))
                let stream = try sender(of: file).stream(request, timeout: options.fetchTimeout)
                process.arrives(stream)
                return stream
            }
        } catch {
            throw StartFailure(error)
        }
    }

    private func sender(of file: FileReference) throws(FileServiceError) -> any NetworkConnection {
        switch process.program.source {
        case .master:
            guard let master = connection(process.master) else {
                throw .notSent(name: file.name, reason: "there is no connection to the master at \(process.master)")
            }
            return master
        case .driver(let address):
            if let driver { return driver }
            // The driver serves only those that know the secret of the application.
            let driverOptions = NetworkOptions(
                identity: "worker of \(process.work)", security: .sharedSecret(process.program.secret.text), limits: options.limits)
            do throws(NetworkError) {
                let made = try network.connect(
                    to: NetworkAddress(host: address.host, port: address.port), driverOptions, handler: FileServer([]))
                driver = made
                return made
            } catch {
                throw .notSent(name: file.name, reason: "\(error)")
            }
        }
    }

    /// Puts a file into the directory of the process: its own copy, since others may use the same file.
    func place(_ file: FileReference, in folder: String) throws(StartFailure) {
        let target = try target(file, in: folder)
        let path = try fetch(file)
        // A restarted driver finds its directory as it was.
        Folders.remove(target)
        do throws(FileServiceError) { try Folders.copy(path, to: target, mode: 0o700) } catch { throw StartFailure(error) }
    }

    /// Unpacks an archive into a directory with its name.
    func unpack(_ archive: FileReference, in folder: String) throws(StartFailure) {
        let target = try target(archive, in: folder)
        let path = try fetch(archive)
        Folders.remove(target)
        do throws(ArchiveError) {
            var reader = try ArchiveReader(path, limit: options.archiveBytesMax)
            try reader.unpack(into: target)
        } catch {
            Folders.remove(target)
            throw StartFailure("the archive \(archive.name) is not unpacked: \(error)")
        }
    }

    private func target(_ file: FileReference, in folder: String) throws(StartFailure) -> String {
        guard FileNames.isName(file.name), LogStream(rawValue: file.name) == nil else {
            throw StartFailure(
                "\"\(file.name)\" is no name for a file of a process: it must name one file, and not stdout or stderr")
        }
        return "\(folder)/\(file.name)"
    }
}
