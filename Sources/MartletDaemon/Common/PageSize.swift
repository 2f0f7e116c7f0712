import Glibc

/// The system's page.
/// - Units: bytes
let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
