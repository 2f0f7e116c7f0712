#define _GNU_SOURCE
#include "CMartletRuntime.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

char *const *martlet_environment(void) { return environ; }

int martlet_process_end(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int martlet_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}
