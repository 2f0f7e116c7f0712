// Unsafe: `strerror_r` writes into a local buffer whose size it is told, and on success leaves a string
// terminated by zero there, which is copied before the buffer goes away.

import Glibc

/// The system's words for an `errno` value.
package func systemErrorText(_ code: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        guard let base = buffer.baseAddress, unsafe strerror_r(code, base, buffer.count) == 0 else {
            return "error \(code)"
        }
        return unsafe String(cString: base)
    }
}
