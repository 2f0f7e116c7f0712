#include "CMartletRuntime.h"
#include <stdlib.h>
#include <unistd.h>

// Any program that links Martlet can be its own executor: a process that was started as one never reaches `main`. Weak,
// since a program may link parts of Martlet only.
extern void martlet_executor_main(void) __attribute__((weak));

__attribute__((constructor)) static void martlet_enter_role(void) {
    if (!getenv("MARTLET_EXECUTOR") || !martlet_executor_main) return;
    martlet_executor_main();
    // What `main` would have made is not there to be destroyed.
    _exit(0);
}
