import Glibc

/// Runs `body` on a detached thread of its own.
///
/// - Parameters:
///   - owner: what the thread is for, for the message when it cannot be started.
///   - stackBytes: address space for its stack; memory is only used where the stack grows.
package func startDetachedThread(_ owner: String, stackBytes: Int, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let code = pthread_create(&thread, &attributes, { raw in
        raw.map { Unmanaged<ThreadBody>.fromOpaque($0).takeRetainedValue().run() }
        return nil
    }, Unmanaged.passRetained(ThreadBody(body)).toOpaque())
    precondition(code == 0, "cannot start the thread of \(owner): error \(code)")
    pthread_attr_destroy(&attributes)
}

private final class ThreadBody {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
