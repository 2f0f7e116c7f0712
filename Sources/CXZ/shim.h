// liblzma: streaming compression and decompression of `.xz` files.
#include <lzma.h>
