import MartletCore
import MartletFiles

// Paths in arguments. An invalid path is an `ArgumentError` that names the call.

extension InputLocations {
    /// - Throws: `ArgumentError`; `FileError.notReadable` where the current directory is gone.
    init(_ paths: String, _ operation: String, _ site: CallSite) throws {
        do {
            try self.init(paths)
        } catch {
            throw error.inArgument(of: operation, site)
        }
    }
}

extension FileLocation {
    /// - Throws: `ArgumentError`; `FileError.notReadable` where the current directory is gone.
    init(_ path: String, _ operation: String, _ site: CallSite) throws {
        do {
            try self.init(path)
        } catch {
            throw error.inArgument(of: operation, site)
        }
    }
}

extension FileError {
    fileprivate func inArgument(of operation: String, _ site: CallSite) -> any Error {
        switch self {
        case .badPath, .unknownScheme: ArgumentError(operation: operation, callSite: site, problem: description)
        default: self
        }
    }
}
