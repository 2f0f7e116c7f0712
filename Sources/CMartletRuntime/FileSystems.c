#include "CMartletRuntime.h"

// Filled before `main` by one thread, and then only read.
static martlet_file_systems *first;

void martlet_link_file_systems(martlet_file_systems *more) {
    more->next = first;
    first = more;
}

void martlet_add_file_systems(void) {
    for (martlet_file_systems *each = first; each; each = each->next) each->add();
}
