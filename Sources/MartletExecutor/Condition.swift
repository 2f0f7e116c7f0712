import Glibc

/// A POSIX mutex and condition variable: what threads that wait for work need and `Mutex` does not have.
// Both are only touched through pthread calls, which are thread-safe.
final class Condition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }

    /// Unlocks, and wakes as many waiting threads as there is new work.
    func unlock(signal count: Int) {
        if count == 1 { pthread_cond_signal(condition) }
        if count > 1 { pthread_cond_broadcast(condition) }
        pthread_mutex_unlock(mutex)
    }

    func wait() { pthread_cond_wait(condition, mutex) }
}
