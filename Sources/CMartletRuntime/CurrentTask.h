// The current task and operator of a thread.
#pragma once
#include "CMartletRuntime.h"

typedef struct {
    // Null if the thread runs no task; the other fields are then meaningless.
    void *task;
    long stage;
    long partition;
    long attempt;
    // The innermost operator, or null.
    const martlet_operator *operator_;
    // The thread's stack: its low end, its size, and the size of the guard area below it. 0 if unknown.
    uintptr_t stack_end;
    size_t stack_bytes;
    size_t guard_bytes;
    // The stack of signal handlers, or null.
    void *alternate_stack;
} martlet_running;

martlet_running *martlet_running_here(void);
