// The few things that Swift has no spelling for: prefetch, byte masks, one thread-local word.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Vectors of 16 bytes at any address. The compiler's own vector types, since the header of the intrinsics would make
// Swift see half of the C library through it.
typedef signed char martlet_bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef unsigned char martlet_ubytes16 __attribute__((vector_size(16), aligned(1), may_alias));

// Asks for the cache line at `address` ahead of a write. Never faults.
static inline __attribute__((always_inline)) void martlet_prefetch(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

// Bit i is set where byte i of the 16 bytes at `bytes` is at most 32: ASCII white space and control characters.
static inline __attribute__((always_inline)) uint32_t martlet_blank_mask16(const void *bytes) {
#if defined(__SSE2__)
    martlet_ubytes16 text = *(const martlet_ubytes16 *)bytes;
    return (uint32_t)__builtin_ia32_pmovmskb128((martlet_bytes16)(text <= 32));
#else
    const uint8_t *p = (const uint8_t *)bytes;
    uint32_t mask = 0;
    for (int i = 0; i < 16; i++) mask |= (uint32_t)(p[i] <= 32) << i;
    return mask;
#endif
}

// Finds the line feeds and carriage returns among the `count` bytes at `bytes`, behind which 63 more can be read. Writes their
// positions to `ends`, which has room for `capacity` of them, at least 64. Returns how many bytes were looked at: all, or
// fewer where there is no room for what else there may be; `found` is how many were written.
size_t martlet_line_ends(const void *bytes, size_t count, uint32_t *ends, size_t capacity, size_t *found);

// Memory for `bytes` bytes, on huge pages where it is large enough to fill some: random access to a large table is
// otherwise bound by address translation, and filling fresh memory by page faults. Ends the process when there is none,
// as Swift's own allocation does. Given back with `free`.
void *martlet_allocate(size_t bytes, size_t alignment);

// Gives memory that was freed back to the system, as far as it lies in whole pages.
void martlet_trim(void);

// Whether the `wanted_count` bytes at `wanted` occur among the `count` bytes at `bytes`, behind which 16 more can be read.
int martlet_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count);

// Writes the bytes of `count` records of `width` bytes by columns: the first bytes of all, then the second, and so on. Bytes
// of one place are alike (the high bytes of numbers above all), and compress better and faster together.
void martlet_transpose(const void *records, size_t count, size_t width, void *columns);

// The reverse.
void martlet_restore(const void *columns, size_t count, size_t width, void *records);

// Cores that this process may run on.
int martlet_available_cores(void);

// Bytes of memory that this process may use: the machine's, or less where its control group says so.
long martlet_available_memory(void);

// The task that the thread runs, or null.
void *martlet_current_task(void);
void martlet_begin_task(void *task, long stage, long partition, long attempt);
void martlet_end_task(void);

// An operator whose code a thread runs, for the line that a crash writes. Lies on the stack of the thread.
typedef struct martlet_operator {
    const char *operation;
    // As `#fileID` gives it.
    const char *file;
    long line;
    const struct martlet_operator *outer;
} martlet_operator;

void martlet_enter_operator(martlet_operator *operator_);
void martlet_leave_operator(martlet_operator *operator_);

// Has crashes of tasks, and calls of `exit` by them, written to standard error with the operator that ran. Handlers of signals
// that were there go on after that. Once for a process.
void martlet_watch_crashes(void);

// A thread that runs tasks begins and ends: on what stack, and where signals are handled if that overflows.
void martlet_begin_thread(void);
void martlet_end_thread(void);

// A descriptor that can be read once a process of this one's has ended, or -1.
int martlet_process_end(int process);

// The variables of the process's environment, `NAME=value`, up to a null.
char *const *martlet_environment(void);

// A pipe whose ends are not inherited by other programs. Returns 0 or the `errno`.
int martlet_pipe(int *reading, int *writing);

// Whom a new process belongs to.
enum {
    // To the group of this process: what is typed at a terminal reaches both.
    martlet_same_group,
    // To a group of its own, so that it can be ended with what it starts itself.
    martlet_own_group,
    martlet_own_session,
};

// A program to start.
typedef struct {
    // Found by PATH.
    const char *program;
    // Its name, and what it is given; a null ends them.
    char *const *arguments;
    char *const *environment;
    // Null for the current one.
    const char *directory;
    // Become 0, 1 and 2. It gets no other descriptor.
    int input;
    int output;
    int errors;
    int group;
    // Ends a group of its own with this process (`martlet_guard`), or -1.
    int guard;
} martlet_program;

// Starts a program, as `posix_spawn` does: no signal is blocked there, and SIGPIPE does what it does by default. The limit of
// open files is what this process's was at first. Returns 0 or an `errno`.
int martlet_spawn(const martlet_program *program, int *process);

// A process that outlives this one, however this one ends, and then ends the groups of processes and removes the directories
// that it is told of. Started by the first call. Returns the connection to it, or -1.
int martlet_guard(void);

// A group of processes is there, or is not any more.
void martlet_guard_group(int guard, int is_there, int group);

// A directory is to be removed at the end, or has been removed. The path begins at the root.
void martlet_guard_directory(int guard, int is_there, const char *path);

// Lets this process open as many files as it may at all, once.
void martlet_raise_open_files(void);

// How many files this process may have open; -1 where the system does not say.
long martlet_open_files_limit(void);

// A function that adds file systems. It is noted before a process takes its role, and called when that first needs one.
typedef struct martlet_file_systems {
    void (*add)(void);
    struct martlet_file_systems *next;
} martlet_file_systems;
void martlet_link_file_systems(martlet_file_systems *more);

// Calls each of these functions.
void martlet_add_file_systems(void);

// In a C file: the function, a C function without arguments, adds file systems in every process of the program.
#define MARTLET_FILE_SYSTEMS(function)                                                                  \
    extern void function(void);                                                                         \
    __attribute__((constructor(200))) static void martlet_note_##function(void) {                       \
        static martlet_file_systems systems = {function, 0};                                            \
        martlet_link_file_systems(&systems);                                                            \
    }

// The box that holds the payload of an enum's indirect case, and where in it the payload is.
typedef struct {
    void *box;
    void *content;
} martlet_box;

// A box for a value of the type with this metadata, which is not initialised yet.
martlet_box martlet_allocate_box(const void *type);

// Gives back a box whose content is not initialised.
void martlet_deallocate_box(void *box);

// Where a box has its content.
void *martlet_project_box(void *box);

// Objects, types and witness tables, as the Swift runtime makes them. Addresses are of metadata and descriptors.

// An object whose fields are not initialised, held once.
void *martlet_allocate_object(const void *metadata, size_t bytes, size_t alignment_mask);

// Gives back an object that nobody else holds and whose fields are not initialised, without running its deinit.
void martlet_deallocate_object(void *object, size_t bytes, size_t alignment_mask);

void martlet_retain(void *object);
void martlet_release(void *object);
size_t martlet_retain_count(void *object);

// The type of a descriptor that is not generic, from its accessor.
const void *martlet_nominal_type(const void *accessor);

// A generic type: `arguments` are types, then witness tables, as its descriptor wants them.
const void *martlet_generic_type(const void *descriptor, const void *const *arguments);

// `labels` are followed by a space each, or null.
const void *martlet_tuple_type(size_t count, const void *const *elements, const char *labels);

const void *martlet_metatype(const void *instance);

const void *martlet_existential_type(
    int has_class_constraint, const void *superclass, size_t count, const void *const *protocols);

// `parameter_flags` may be null.
const void *martlet_function_type(
    size_t flags, const void *const *parameters, const uint32_t *parameter_flags, const void *result);

// The witness table of a type for a protocol, or null.
const void *martlet_conformance(const void *type, const void *protocol);

// The witness table that a conformance without conditions has for a type.
const void *martlet_witness_table(const void *conformance, const void *type);

// The associated type of a conforming type. `base` is what the protocol's requirements are counted from.
const void *martlet_associated_type(
    const void *table, const void *type, const void *base, const void *requirement);

// A loaded segment of the program or of a library.
typedef struct {
    // Numbers images in the order they were loaded in.
    int image;
    // "" for the program itself.
    const char *name;
    // Of the build: equal for equal files.
    uint64_t identity;
    // What offsets are counted from, in each process somewhere else.
    uintptr_t base;
    uintptr_t start;
    uintptr_t end;
    int is_executable;
} martlet_segment;

// Writes up to `limit` segments; returns how many there are.
int martlet_segments(martlet_segment *segments, int limit);
