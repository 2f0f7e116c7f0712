#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>
#include "CMartletRuntime.h"

int martlet_available_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
