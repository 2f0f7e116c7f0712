// Zstandard: `.zst` files, and frames, which are what pages hold.
#include <zstd.h>
