#include "CMartletRuntime.h"
#include <stdlib.h>
#include <unistd.h>

// Any program that links Martlet can be its own executor: a process started as an executor never reaches `main`. Weak,
// since a program may link only parts of Martlet.
extern void martlet_executor_main(void) __attribute__((weak));

__attribute__((constructor)) static void martlet_enter_role(void) {
    if (!getenv("MARTLET_EXECUTOR") || !martlet_executor_main) return;
    martlet_executor_main();
    // `main` has not run, so its objects do not exist and must not be destroyed.
    _exit(0);
}
