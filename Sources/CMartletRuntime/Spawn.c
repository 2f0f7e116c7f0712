#define _GNU_SOURCE
#include "CMartletRuntime.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The limit of open files that this process was started with.
static struct rlimit original_files;
static pthread_once_t files_raised = PTHREAD_ONCE_INIT;
static int knows_original_files;

static void raise_files(void) {
    // Some programs iterate over all possible descriptor numbers.
    const rlim_t most = 1 << 20;
    if (getrlimit(RLIMIT_NOFILE, &original_files) != 0) return;
    knows_original_files = 1;
    struct rlimit raised = original_files;
    raised.rlim_cur = raised.rlim_max < most ? raised.rlim_max : most;
    if (raised.rlim_cur > original_files.rlim_cur) setrlimit(RLIMIT_NOFILE, &raised);
}

void martlet_raise_open_files(void) { pthread_once(&files_raised, raise_files); }

long martlet_open_files_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (long)limit.rlim_cur : -1;
}

// The arguments of the new process, and its failure, shared with the waiting parent.
struct start {
    const martlet_program *program;
    volatile int failure;
};

// Resets signals to their default actions, unless they are ignored. This program's handlers must not run in the new
// process, which shares this one's memory.
static void reset_signals(void) {
    struct sigaction action;
    for (int number = 1; number < NSIG; number++) {
        if (sigaction(number, NULL, &action) != 0) continue;
        if (action.sa_handler == SIG_IGN && number != SIGPIPE) continue;
        if (action.sa_handler == SIG_DFL) continue;
        action.sa_handler = SIG_DFL;
        action.sa_flags = 0;
        sigaction(number, &action, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int connect_streams(const martlet_program *program) {
    int streams[3] = {program->input, program->output, program->errors};
    // First moves the streams away from 0, 1 and 2. A stream that already has its number may be closed, as in this process.
    for (int index = 0; index < 3; index++) {
        if (streams[index] >= 3 || streams[index] == index) continue;
        streams[index] = fcntl(streams[index], F_DUPFD_CLOEXEC, 3);
        if (streams[index] < 0) return errno;
    }
    for (int index = 0; index < 3; index++) {
        if (streams[index] == index) fcntl(index, F_SETFD, 0);
        else if (dup2(streams[index], index) < 0) return errno;
    }
    return 0;
}

// Runs in the new process, on the memory of this one, whose thread waits. Calls nothing that allocates or locks.
static int begin(void *argument) {
    struct start *start = argument;
    const martlet_program *program = start->program;
    if (program->group == martlet_own_session) setsid();
    if (program->group == martlet_own_group) {
        setpgid(0, 0);
        martlet_guard_group(program->guard, 1, getpid());
    }
    int failure = connect_streams(program);
    if (failure == 0 && program->directory && chdir(program->directory) != 0) failure = errno;
    if (failure == 0) {
        syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
        if (knows_original_files) setrlimit(RLIMIT_NOFILE, &original_files);
        reset_signals();
        execvpe(program->program, program->arguments, program->environment);
        failure = errno;
    }
    start->failure = failure;
    _exit(127);
}

int martlet_spawn(const martlet_program *program, int *process) {
    const size_t stack_bytes = 256 << 10;
    char *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;
    struct start start = {program, 0};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int made = clone(begin, stack + stack_bytes, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
    int failure = made < 0 ? errno : start.failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, stack_bytes);
    if (made > 0 && failure != 0) {
        while (waitpid(made, NULL, 0) < 0 && errno == EINTR) {}
        if (program->group == martlet_own_group) martlet_guard_group(program->guard, 0, made);
    }
    if (failure == 0) *process = made;
    return failure;
}
