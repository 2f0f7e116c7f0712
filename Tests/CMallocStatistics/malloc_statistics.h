#pragma once
#include <malloc.h>

/// Bytes of all blocks that have been allocated and not freed, with malloc's own; 0 under a sanitizer, which counts none.
static inline size_t malloc_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
