#define _GNU_SOURCE
#include "CMartletRuntime.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// A process that outlives its parent, however the parent ends, and then kills the registered process groups and removes the
// registered directories. It needs no signal handler: it sees the end of a connection that only the parent holds.

// MARK: The guard's own side

struct entry {
    char *text;
    struct entry *next;
};

// "g": process groups, "d": directories.
static struct entry *groups, *directories;

static void note(struct entry **list, char sign, const char *text) {
    if (sign == '+') {
        struct entry *made = malloc(sizeof *made);
        char *copy = strdup(text);
        if (!made || !copy) {
            free(made);
            free(copy);
            return;
        }
        *made = (struct entry){copy, *list};
        *list = made;
        return;
    }
    for (struct entry **link = list; *link; link = &(*link)->next) {
        struct entry *found = *link;
        if (strcmp(found->text, text) != 0) continue;
        *link = found->next;
        free(found->text);
        free(found);
        return;
    }
}

// Removes a directory and its content. Follows no links.
static void remove_tree(int parent, const char *name) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
    int opened = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = opened >= 0 ? fdopendir(opened) : NULL;
    if (directory) {
        struct dirent *found;
        while ((found = readdir(directory))) {
            if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0) continue;
            remove_tree(dirfd(directory), found->d_name);
        }
        closedir(directory);
    }
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void stand_guard(void) {
    for (int number = 1; number < NSIG; number++) {
        // Signals that end the whole group or session; they must not end this process before the parent.
        if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT || number == SIGPIPE)
            signal(number, SIG_IGN);
    }
    prctl(PR_SET_NAME, "martlet-guard");
    static char message[2 + 4096 + 1];
    while (1) {
        ssize_t count = recv(STDIN_FILENO, message, sizeof message - 1, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 3) break;
        message[count] = 0;
        note(message[1] == 'g' ? &groups : &directories, message[0], message + 2);
    }
    for (struct entry *entry = groups; entry; entry = entry->next) {
        int group = atoi(entry->text);
        if (group > 1) kill(-group, SIGKILL);
    }
    for (struct entry *entry = directories; entry; entry = entry->next) remove_tree(AT_FDCWD, entry->text);
}

// Runs before other constructors: nothing else of the program is needed.
__attribute__((constructor(101))) static void martlet_enter_guard(void) {
    if (!getenv("MARTLET_GUARD")) return;
    stand_guard();
    _exit(0);
}

// MARK: The side of the process that is guarded

static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
static int connection = -1;
static pid_t owner;

static int start_guard(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    int failure = nowhere < 0 ? errno : 0;
    if (failure == 0) {
        char *const *own = martlet_environment();
        size_t count = 0;
        while (own && own[count]) count++;
        char **variables = calloc(count + 2, sizeof *variables);
        if (variables) {
            for (size_t index = 0; index < count; index++) variables[index] = own[index];
            variables[count] = "MARTLET_GUARD=1";
            char *words[] = {"martlet-guard", NULL};
            martlet_program program = {
                "/proc/self/exe", words, variables, "/", ends[0], nowhere, nowhere, martlet_own_session, -1,
            };
            int process;
            failure = martlet_spawn(&program, &process);
            free(variables);
        } else {
            failure = ENOMEM;
        }
        close(nowhere);
    }
    close(ends[0]);
    const struct timeval longest = {5, 0};
    setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
    if (failure == 0) return ends[1];
    close(ends[1]);
    return -1;
}

// A dead guard guards nothing. The sender waits for a slow guard, since the guard must not act on an outdated group whose
// number has been reused; but not for ever, since the guard may have been stopped.
static void tell(int guard, const char *message, size_t count) {
    while (guard >= 0 && send(guard, message, count, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

// Called in a new process that shares this one's memory: allocates and locks nothing.
void martlet_guard_group(int guard, int is_there, int group) {
    char message[16] = {is_there ? '+' : '-', 'g'};
    size_t count = sizeof message;
    do message[--count] = (char)('0' + group % 10);
    while ((group /= 10) > 0);
    memmove(message + 2, message + count, sizeof message - count);
    tell(guard, message, 2 + sizeof message - count);
}

void martlet_guard_directory(int guard, int is_there, const char *path) {
    char message[2 + 4096] = {is_there ? '+' : '-', 'd'};
    size_t count = strlen(path);
    if (count > 4096) return;
    memcpy(message + 2, path, count);
    tell(guard, message, 2 + count);
}

int martlet_guard(void) {
    pthread_mutex_lock(&starting);
    // A copy of this process that `fork` has made gets its own guard.
    if (owner != getpid()) connection = -1;
    if (connection < 0) {
        connection = start_guard();
        owner = getpid();
    }
    int found = connection;
    pthread_mutex_unlock(&starting);
    return found;
}
