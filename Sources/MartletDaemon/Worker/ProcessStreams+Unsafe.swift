// Unsafe: system calls on texts that live for the duration of the call.

import Glibc
import MartletClusterClient

/// The streams of a process: nothing to read, and two files to which it appends.
struct ProcessStreams: ~Copyable {
    private let (input, output, errors): (Int32, Int32, Int32)

    /// - Throws: `StartFailure`
    init(in folder: String) throws(StartFailure) {
        var descriptors: [Int32] = []
        do throws(StartFailure) {
            descriptors.append(try Self.opened("/dev/null", O_RDONLY))
            for stream in [LogStream.output, .errors] { descriptors.append(try Self.log(stream, in: folder)) }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        (input, output, errors) = (descriptors[0], descriptors[1], descriptors[2])
    }

    deinit { for descriptor in [input, output, errors] { close(descriptor) } }

    var descriptors: ProgramProcess.Streams { ProgramProcess.Streams(input: input, output: output, errors: errors) }

    private static func log(_ stream: LogStream, in folder: String) throws(StartFailure) -> Int32 {
        try opened("\(folder)/\(stream.rawValue)", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
    }

    private static func opened(_ path: String, _ flags: Int32) throws(StartFailure) -> Int32 {
        let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartFailure(FileServiceError.unwritable(path: path, code: errno)) }
        return descriptor
    }
}
