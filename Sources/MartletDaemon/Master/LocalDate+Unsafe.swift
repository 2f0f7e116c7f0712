// Unsafe: a C function that fills a structure for the duration of the call.

import Glibc

/// The local time as `yyyyMMddHHmmss`, for ids.
func currentDate() -> String {
    var now = time(nil)
    var parts = unsafe tm()
    unsafe localtime_r(&now, &parts)
    let fields = unsafe [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
    return unsafe "\(parts.tm_year + 1900)" + fields.map { ($0 < 10 ? "0" : "") + "\($0)" }.joined()
}
