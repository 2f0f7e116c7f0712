// The lz4 frame format: what the lz4 command writes, and what `.lz4` files hold.
#include <lz4frame.h>
// Blocks, which are what pages hold.
#include <lz4.h>
