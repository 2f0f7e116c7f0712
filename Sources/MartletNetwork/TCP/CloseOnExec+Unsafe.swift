import Glibc
import NIOCore

/// Keeps a channel's socket from the programs that this process starts. SwiftNIO does not: a program that outlives this process
/// would hold its port, and its peers would not learn of its end.
///
/// NIO does not tell a channel's descriptor either, so it is found by its two ports.
///
/// The directory is open while its entries are read, names end with a zero byte within the entry, and the system is told the
/// size of the address it may write.
func closeOnExec(local: SocketAddress?, remote: SocketAddress?) {
    guard let local = local?.port else { return }
    for descriptor in openDescriptors()
    where unsafe port(of: descriptor, getsockname) == local && port(of: descriptor, getpeername) == remote?.port {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
}

/// Keeps the pollers of the event loops that `body` makes from started programs, too. SwiftNIO does so for all other
/// descriptors of an event loop.
func closingOnExec<Group>(_ body: () -> Group) -> Group {
    let before = Set(openDescriptors())
    let group = body()
    for descriptor in openDescriptors() where !before.contains(descriptor) && isPoller(descriptor) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
    return group
}

private func openDescriptors() -> [CInt] {
    guard let directory = unsafe opendir("/proc/self/fd") else { return [] }
    defer { unsafe closedir(directory) }
    var found: [CInt] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
            unsafe name.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe String(cString: $0) }
        }
        // Leaves out the descriptor of the directory itself.
        if let descriptor = CInt(name), unsafe descriptor != dirfd(directory) { found.append(descriptor) }
    }
    return found
}

private func isPoller(_ descriptor: CInt) -> Bool {
    var target = [CChar](repeating: 0, count: 64)
    let count = unsafe readlink("/proc/self/fd/\(descriptor)", &target, target.count - 1)
    return count > 0 && target.prefix(count).elementsEqual("anon_inode:[eventpoll]".utf8.map(CChar.init))
}

/// The port of a socket's address; nil if the descriptor is no TCP socket, or has no such address.
private func port(
    of descriptor: CInt, _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
) -> Int? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe call(descriptor, $0, &size) }
    }
    guard code == 0, address.ss_family == AF_INET || address.ss_family == AF_INET6 else { return nil }
    // At the same place for both families.
    return unsafe withUnsafeBytes(of: &address) { unsafe Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
}
