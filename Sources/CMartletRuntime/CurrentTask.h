// What a thread runs.
#pragma once
#include "CMartletRuntime.h"

typedef struct {
    // Null where the thread runs no task; the rest says nothing then.
    void *task;
    long stage;
    long partition;
    long attempt;
    // The innermost, or null.
    const martlet_operator *operator_;
    // Of the thread: where its stack ends, and below that what must not be touched. 0 where that is not known.
    uintptr_t stack_end;
    size_t stack_bytes;
    size_t guard_bytes;
    // Memory for handlers of signals, or null.
    void *alternate_stack;
} martlet_running;

martlet_running *martlet_running_here(void);
