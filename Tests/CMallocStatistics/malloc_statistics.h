#pragma once
#include <malloc.h>

/// Bytes of all allocated blocks that have not been freed, including malloc's own; 0 under a sanitizer, which does not
/// count them.
static inline size_t malloc_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
