// Zstandard: streaming decompression of `.zst` files.
#include <zstd.h>
