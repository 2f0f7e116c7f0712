// zlib: streaming decompression of `.gz` files.
#include <zlib.h>
