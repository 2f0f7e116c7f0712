import Glibc
import MartletThreads

/// Signals that ask a daemon for something, taken by a thread of their own: handlers could do almost nothing.
enum Signals {
    /// Blocks the signals in this thread and those that it starts: call it before any is started.
    static func block(_ numbers: [Int32]) {
        var set = signals(numbers)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A client that is gone is an error of a call, and not the daemon's end.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Calls a function for each of the blocked signals that arrives.
    static func handle(_ numbers: [Int32], _ handle: @escaping @Sendable (Int32) -> Void) {
        startDetachedThread("signals", stackBytes: 1 << 20) {
            var set = signals(numbers)
            while true {
                var number: Int32 = 0
                if sigwait(&set, &number) == 0 { handle(number) }
            }
        }
    }

    private static func signals(_ numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }
}
