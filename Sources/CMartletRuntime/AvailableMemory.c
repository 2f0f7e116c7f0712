#include "CMartletRuntime.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The number in a file; LONG_MAX if the file has none.
static long limit_in(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) return LONG_MAX;
    long limit = LONG_MAX;
    if (fscanf(file, "%ld", &limit) != 1 || limit <= 0) limit = LONG_MAX;
    fclose(file);
    return limit;
}

static long smaller(long left, long right) { return left < right ? left : right; }

// The tightest limit of this process's control group (version 2) and of its ancestors.
static long group_limit(void) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return LONG_MAX;
    char line[PATH_MAX], path[PATH_MAX + 64];
    long limit = LONG_MAX;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "0::", 3) != 0) continue;
        char *group = line + 3;
        group[strcspn(group, "\n")] = 0;
        while (1) {
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", strcmp(group, "/") == 0 ? "" : group);
            limit = smaller(limit, limit_in(path));
            char *last = strrchr(group, '/');
            if (!last || !*group || strcmp(group, "/") == 0) break;
            *last = 0;
        }
    }
    fclose(file);
    return limit;
}

long martlet_available_memory(void) {
    long machine = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    long first = limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    return smaller(machine, smaller(first, group_limit()));
}
