// Precedes a function that is compiled once for each supported kind of processor; the version is chosen at program start.
#ifdef __x86_64__
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
