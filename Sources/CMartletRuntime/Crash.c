#define _GNU_SOURCE
#include "CurrentTask.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// A task that crashes its process writes one line to standard error, which names the operator. Then the previous handler of
// the signal runs: the application's, Swift's backtraces, or the system's.

enum { alternate_bytes = 128 << 10 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
enum { signal_count = sizeof signals / sizeof *signals };
static struct sigaction previous[signal_count];

// A line, built without allocation or locks.
typedef struct {
    char text[1024];
    size_t count;
} line;

static void append(line *to, const char *text) {
    while (text && *text && to->count < sizeof to->text - 1) to->text[to->count++] = *text++;
}

static void append_number(line *to, long number) {
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = 0;
    unsigned long rest = number < 0 ? 0ul - (unsigned long)number : (unsigned long)number;
    do digits[--at] = (char)('0' + rest % 10); while (rest /= 10);
    if (number < 0) digits[--at] = '-';
    append(to, digits + at);
}

static const char *file_name(const char *path) {
    const char *name = path;
    for (; *path; path++) {
        if (*path == '/') name = path + 1;
    }
    return name;
}

// `map at Main.swift:12, in partition 3 of stage 1 (attempt 0)`
static void append_place(line *to, const martlet_running *running) {
    const martlet_operator *operator_ = running->operator_;
    if (operator_) {
        append(to, operator_->operation);
        append(to, " at ");
        append(to, file_name(operator_->file));
        append(to, ":");
        append_number(to, operator_->line);
        append(to, ", in ");
    }
    append(to, "partition ");
    append_number(to, running->partition);
    append(to, " of stage ");
    append_number(to, running->stage);
    append(to, " (attempt ");
    append_number(to, running->attempt);
    append(to, ")");
}

static void put(line *from) {
    from->text[from->count++] = '\n';
    size_t written = 0;
    while (written < from->count) {
        ssize_t count = write(STDERR_FILENO, from->text + written, from->count - written);
        if (count < 0 && errno != EINTR) return;
        if (count > 0) written += (size_t)count;
    }
}

static int is_overflow(const martlet_running *running, const siginfo_t *info) {
    if (!running->stack_end || info->si_code <= 0) return 0;
    // A frame may begin some way beyond the end.
    uintptr_t address = (uintptr_t)info->si_addr, slack = running->guard_bytes + (64 << 10);
    return address + slack >= running->stack_end && address < running->stack_end + slack;
}

static void append_cause(line *to, int number, const martlet_running *running, const siginfo_t *info) {
    switch (number) {
    case SIGSEGV:
        if (is_overflow(running, info)) {
            append(to, "the stack has overflowed (");
            append_number(to, (long)(running->stack_bytes >> 20));
            append(to, " MiB): the function calls itself too often");
        } else {
            append(to, "an address that must not be used");
        }
        break;
    case SIGBUS: append(to, "memory that is not there"); break;
    case SIGILL:
    case SIGTRAP: append(to, "a trap, as of an index out of range, a number too large, or a nil that was unwrapped"); break;
    case SIGFPE: append(to, "arithmetic that has no result"); break;
    default: append(to, "the function ended the process");
    }
}

static void crashed(int number, siginfo_t *info, void *context) {
    (void)context;
    int error = errno;
    const martlet_running *running = martlet_running_here();
    if (running->task) {
        line text = {.count = 0};
        append(&text, "martlet: crash in ");
        append_place(&text, running);
        append(&text, ": ");
        append_cause(&text, number, running, info);
        put(&text);
    }
    for (int index = 0; index < signal_count; index++) {
        if (signals[index] == number) sigaction(number, &previous[index], NULL);
    }
    errno = error;
    // A fault repeats with its instruction; any other signal is raised again, and arrives when this handler returns.
    int comes_again = info->si_code > 0 && number != SIGTRAP && number != SIGABRT;
    if (!comes_again) raise(number);
}

// A task that calls `exit`: its job would never learn of it, and a driver would seem to have succeeded.
static void exited(int status, void *unused) {
    (void)unused;
    martlet_running *running = martlet_running_here();
    if (!running->task) return;
    line text = {.count = 0};
    append(&text, "martlet: exit(");
    append_number(&text, status);
    append(&text, ") in ");
    append_place(&text, running);
    append(&text, ": a task fails by throwing an error");
    put(&text);
    fflush(NULL);
    _exit(status == 0 ? 70 /* EX_SOFTWARE */ : status);
}

static void watch(void) {
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = crashed;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < signal_count; index++) sigaction(signals[index], &action, &previous[index]);
    on_exit(exited, NULL);
}

void martlet_watch_crashes(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch);
}

void martlet_begin_thread(void) {
    martlet_running *running = martlet_running_here();
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *end = NULL;
        pthread_attr_getstack(&attributes, &end, &running->stack_bytes);
        pthread_attr_getguardsize(&attributes, &running->guard_bytes);
        running->stack_end = (uintptr_t)end;
        pthread_attr_destroy(&attributes);
    }
    // After a stack overflow, a signal handler needs another stack.
    stack_t known;
    if (sigaltstack(NULL, &known) != 0 || !(known.ss_flags & SS_DISABLE)) return;
    void *memory = mmap(NULL, alternate_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t alternate = {.ss_sp = memory, .ss_size = alternate_bytes};
    if (sigaltstack(&alternate, NULL) != 0) {
        munmap(memory, alternate_bytes);
        return;
    }
    running->alternate_stack = memory;
}

void martlet_end_thread(void) {
    martlet_running *running = martlet_running_here();
    if (!running->alternate_stack) return;
    stack_t none = {.ss_flags = SS_DISABLE};
    if (sigaltstack(&none, NULL) == 0) munmap(running->alternate_stack, alternate_bytes);
    running->alternate_stack = NULL;
}
