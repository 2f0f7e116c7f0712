// Before a function: compiled once for every kind of processor that there is other code for, and chosen when the program starts.
#ifdef __x86_64__
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
