#include "CMartletRuntime.h"

// Functions of the Swift runtime, as its own mirrors use them. They have Swift's calling convention where it matters.

extern __attribute__((swiftcall)) martlet_box swift_allocBox(const void *type);
extern void swift_deallocBox(void *box);
extern void *swift_projectBox(void *box);

martlet_box martlet_allocate_box(const void *type) { return swift_allocBox(type); }
void martlet_deallocate_box(void *box) { swift_deallocBox(box); }
void *martlet_project_box(void *box) { return swift_projectBox(box); }
