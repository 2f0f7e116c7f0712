// XXH3, the checksum of pages.
#include <xxhash.h>
