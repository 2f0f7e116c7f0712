#define _GNU_SOURCE
#include "CMartletRuntime.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

char *const *martlet_environment(void) { return environ; }

int martlet_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int martlet_spawn_in_directory(void *file_actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(file_actions, path);
}

int martlet_spawn_without_descriptors(void *file_actions) {
    return posix_spawn_file_actions_addclosefrom_np(file_actions, 3);
}
