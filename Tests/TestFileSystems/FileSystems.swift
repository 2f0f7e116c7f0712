import MartletFiles

/// Adds the file systems of the tests, in every process of a test program.
@_cdecl("martlet_test_file_systems")
public func addTestFileSystems() {
    FileSystems.register(MemoryFileSystem.shared, scheme: MemoryFileSystem.scheme)
    FileSystems.register(SharedFileSystem(), scheme: SharedFileSystem.scheme)
}
