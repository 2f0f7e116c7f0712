#define _GNU_SOURCE
#include "CMartletRuntime.h"

int martlet_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count) {
    if (wanted_count == 0) return 1;
    if (count < wanted_count) return 0;
    return memmem(bytes, count, wanted, wanted_count) != NULL;
}
