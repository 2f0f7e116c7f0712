#include "CurrentTask.h"

static __thread martlet_running running;

martlet_running *martlet_running_here(void) { return &running; }

void *martlet_current_task(void) { return running.task; }

void martlet_begin_task(void *task, long stage, long partition, long attempt) {
    running.stage = stage;
    running.partition = partition;
    running.attempt = attempt;
    running.operator_ = NULL;
    running.task = task;
}

void martlet_end_task(void) {
    running.task = NULL;
    running.operator_ = NULL;
}

void martlet_enter_operator(martlet_operator *operator_) {
    operator_->outer = running.operator_;
    running.operator_ = operator_;
}

void martlet_leave_operator(martlet_operator *operator_) { running.operator_ = operator_->outer; }
