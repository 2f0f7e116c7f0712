#include "CMartletRuntime.h"

static __thread void *current_task;

void *martlet_current_task(void) { return current_task; }

void martlet_set_current_task(void *task) { current_task = task; }
