// Unsafe: system calls on structures that live for the duration of the call.

import Glibc
import MartletClusterState

/// The address of this machine from which another one is reached: the system chooses the route. Nothing is sent.
///
/// - Returns: nil if there is no route, or the name is not known.
func ownAddress(towards other: ClusterAddress) -> String? {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(other.host, String(other.port), &hints, &found) == 0 else { return nil }
    defer { unsafe freeaddrinfo(found) }
    var next = unsafe found
    while let entry = unsafe next {
        if let address = unsafe source(of: entry.pointee) { return address }
        unsafe next = entry.pointee.ai_next
    }
    return nil
}

private func source(of target: addrinfo) -> String? {
    let socket = unsafe Glibc.socket(target.ai_family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    defer { close(socket) }
    guard unsafe connect(socket, target.ai_addr, target.ai_addrlen) == 0 else { return nil }
    var own = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = unsafe withUnsafeMutablePointer(to: &own) { storage in
        unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            guard unsafe getsockname(socket, address, &length) == 0 else { return Int32(-1) }
            return unsafe getnameinfo(address, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        }
    }
    return code == 0 ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
}
