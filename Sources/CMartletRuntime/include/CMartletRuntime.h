// Functions that Swift cannot express: prefetch, byte masks, one thread-local word, and calls of the system and the
// runtime.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Vectors of 16 bytes at any address. Uses the compiler's own vector types, since the header of the intrinsics would expose
// half of the C library to Swift.
typedef signed char martlet_bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef unsigned char martlet_ubytes16 __attribute__((vector_size(16), aligned(1), may_alias));

// Prefetches the cache line at `address` for a write. Never faults.
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

// Finds the line feeds and carriage returns among the `count` bytes at `bytes`, after which 63 more must be readable.
// Writes their positions to `ends`, which has room for `capacity` of them, at least 64. Returns the number of bytes
// searched: all, or fewer if `ends` might overflow; `found` is the number of positions written.
size_t martlet_line_ends(const void *bytes, size_t count, uint32_t *ends, size_t capacity, size_t *found);

// Memory for `bytes` bytes, on huge pages if it is large enough to fill some: otherwise address translation limits random
// access to a large table, and page faults limit the filling of new memory. Ends the process if there is no memory, as
// Swift's own allocation does. Released with `free`.
void *martlet_allocate(size_t bytes, size_t alignment);

// Returns whole pages of freed memory to the system.
void martlet_trim(void);

// Whether the `wanted_count` bytes at `wanted` occur among the `count` bytes at `bytes`, after which 16 more must be
// readable.
int martlet_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count);

// Writes the bytes of `count` records of `width` bytes by columns: the first bytes of all records, then the second, and so
// on. Bytes of one column are similar (above all the high bytes of numbers), and compress better and faster together.
void martlet_transpose(const void *records, size_t count, size_t width, void *columns);

// The reverse.
void martlet_restore(const void *columns, size_t count, size_t width, void *records);

// Cores that this process may run on.
int martlet_available_cores(void);

// Bytes of memory that this process may use: the machine's, or the limit of its control group.
long martlet_available_memory(void);

// The task that the thread runs, or null.
void *martlet_current_task(void);
void martlet_begin_task(void *task, long stage, long partition, long attempt);
void martlet_end_task(void);

// An operator whose code a thread runs, for the line that a crash writes. Lies on the thread's stack.
typedef struct martlet_operator {
    const char *operation;
    // In the form of `#fileID`.
    const char *file;
    long line;
    const struct martlet_operator *outer;
} martlet_operator;

void martlet_enter_operator(martlet_operator *operator_);
void martlet_leave_operator(martlet_operator *operator_);

// Makes crashes of tasks, and their calls of `exit`, write a line with the running operator to standard error. Existing
// signal handlers run afterwards. Once per process.
void martlet_watch_crashes(void);

// Called at the begin and end of a thread that runs tasks: records its stack, and gives signal handlers a stack of their
// own for overflows.
void martlet_begin_thread(void);
void martlet_end_thread(void);

// A descriptor that becomes readable once a child process has ended, or -1.
int martlet_process_end(int process);

// The environment variables of the process, `NAME=value`, ended by a null.
char *const *martlet_environment(void);

// A pipe whose ends are not inherited by other programs. Returns 0 or the `errno`.
int martlet_pipe(int *reading, int *writing);

// The group or session of a new process.
enum {
    // The group of this process: signals from the terminal reach both.
    martlet_same_group,
    // A group of its own, so that it can be ended together with its own children.
    martlet_own_group,
    martlet_own_session,
};

// A program to start.
typedef struct {
    // Searched in PATH.
    const char *program;
    // Its name and its arguments, ended by a null.
    char *const *arguments;
    char *const *environment;
    // Null for the current directory.
    const char *directory;
    // Become descriptors 0, 1 and 2. The program gets no others.
    int input;
    int output;
    int errors;
    int group;
    // The guard that ends the program's own group after this process (`martlet_guard`), or -1.
    int guard;
} martlet_program;

// Starts a program, as `posix_spawn` does: no signal is blocked in it, and SIGPIPE has its default action. Its limit of
// open files is this process's original one. Returns 0 or an `errno`.
int martlet_spawn(const martlet_program *program, int *process);

// A process that outlives this one, however this one ends, and then ends the registered process groups and removes the
// registered directories. The first call starts it. Returns the connection to it, or -1.
int martlet_guard(void);

// Registers a process group, or unregisters it.
void martlet_guard_group(int guard, int is_there, int group);

// Registers a directory for removal, or unregisters it. The path must be absolute.
void martlet_guard_directory(int guard, int is_there, const char *path);

// Raises this process's limit of open files as far as allowed, once.
void martlet_raise_open_files(void);

// The limit of open files of this process; -1 if the system does not tell.
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

// The box that holds the payload of an enum's indirect case, and the address of the payload in it.
typedef struct {
    void *box;
    void *content;
} martlet_box;

// A box for a value of the type with this metadata, not initialised yet.
martlet_box martlet_allocate_box(const void *type);

// Releases a box whose content is not initialised.
void martlet_deallocate_box(void *box);

// The address of a box's content.
void *martlet_project_box(void *box);

// Objects, types and witness tables, made by the Swift runtime. Addresses are those of metadata and descriptors.

// An object whose fields are not initialised, retained once.
void *martlet_allocate_object(const void *metadata, size_t bytes, size_t alignment_mask);

// Releases an object that has no other references and whose fields are not initialised, without running its deinit.
void martlet_deallocate_object(void *object, size_t bytes, size_t alignment_mask);

void martlet_retain(void *object);
void martlet_release(void *object);
size_t martlet_retain_count(void *object);

// The type of a descriptor that is not generic, from its accessor.
const void *martlet_nominal_type(const void *accessor);

// A generic type: `arguments` are types, then witness tables, in the order of its descriptor.
const void *martlet_generic_type(const void *descriptor, const void *const *arguments);

// A space follows each label in `labels`, which may be null.
const void *martlet_tuple_type(size_t count, const void *const *elements, const char *labels);

const void *martlet_metatype(const void *instance);

const void *martlet_existential_type(
    int has_class_constraint, const void *superclass, size_t count, const void *const *protocols);

// `parameter_flags` may be null.
const void *martlet_function_type(
    size_t flags, const void *const *parameters, const uint32_t *parameter_flags, const void *result);

// The witness table of a type for a protocol, or null.
const void *martlet_conformance(const void *type, const void *protocol);

// The witness table of an unconditional conformance for a type.
const void *martlet_witness_table(const void *conformance, const void *type);

// The associated type of a conforming type. The protocol's requirements are counted from `base`.
const void *martlet_associated_type(
    const void *table, const void *type, const void *base, const void *requirement);

// A loaded segment of the program or of a library.
typedef struct {
    // Images are numbered in load order.
    int image;
    // "" for the program itself.
    const char *name;
    // Identifies the build: equal for equal files.
    uint64_t identity;
    // The origin of offsets, which differs between processes.
    uintptr_t base;
    uintptr_t start;
    uintptr_t end;
    int is_executable;
} martlet_segment;

// Writes up to `limit` segments; returns the number of all segments.
int martlet_segments(martlet_segment *segments, int limit);

// SHA-256 of bytes that are added in order.
typedef struct {
    uint32_t state[8];
    uint64_t count;
    uint8_t rest[64];
    // Whether the processor's own instructions are left unused.
    int is_plain;
} martlet_sha256;

void martlet_sha256_begin(martlet_sha256 *hash, int is_plain);
void martlet_sha256_add(martlet_sha256 *hash, const void *content, size_t count);
void martlet_sha256_end(martlet_sha256 *hash, uint8_t digest[32]);
