// libbzip2: streaming compression and decompression of `.bz2` files.
#include <bzlib.h>
