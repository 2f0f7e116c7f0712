#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "CMartletRuntime.h"

enum { huge_page = 2 << 20 };

void *martlet_allocate(size_t bytes, size_t alignment) {
    void *memory = NULL;
    if (bytes >= huge_page) {
        if (posix_memalign(&memory, huge_page, bytes) == 0) madvise(memory, bytes, MADV_HUGEPAGE);
    } else if (alignment <= _Alignof(max_align_t)) {
        memory = malloc(bytes ? bytes : 1);
    } else if (posix_memalign(&memory, alignment, bytes) != 0) {
        memory = NULL;
    }
    if (!memory) abort();
    return memory;
}

void martlet_trim(void) { malloc_trim(0); }
