#include "CMartletRuntime.h"
#include "ForEachProcessor.h"

// Sixteen records and eight bytes of each at a time, by interleaving: every step doubles how many bytes of one column lie
// together.
typedef unsigned char bytes16 __attribute__((vector_size(16), aligned(1), may_alias));

static inline bytes16 low(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline bytes16 high(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

static inline bytes16 load8(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    typedef uint64_t words2 __attribute__((vector_size(16)));
    return (bytes16)(words2){word, 0};
}

static void transpose_block(const uint8_t *records, size_t width, uint8_t *columns, size_t count) {
    bytes16 a[8], b[8];
    for (int i = 0; i < 8; i++) a[i] = low(load8(records + i * width), load8(records + (i + 8) * width));
    for (int i = 0; i < 4; i++) {
        b[i] = low(a[i], a[i + 4]);
        b[i + 4] = high(a[i], a[i + 4]);
    }
    for (int half = 0; half < 2; half++) {
        bytes16 *c = b + half * 4;
        bytes16 even = low(c[0], c[2]), odd = low(c[1], c[3]);
        bytes16 evenHigh = high(c[0], c[2]), oddHigh = high(c[1], c[3]);
        bytes16 column[4] = {low(even, odd), high(even, odd), low(evenHigh, oddHigh), high(evenHigh, oddHigh)};
        for (int i = 0; i < 4; i++) *(bytes16 *)(columns + (half * 4 + i) * count) = column[i];
    }
}

static void restore_block(const uint8_t *columns, size_t count, uint8_t *records, size_t width) {
    bytes16 p[8], a[8];
    for (int i = 0; i < 8; i++) p[i] = *(const bytes16 *)(columns + i * count);
    for (int i = 0; i < 4; i++) {
        a[i] = low(p[i], p[i + 4]);
        a[i + 4] = high(p[i], p[i + 4]);
    }
    for (int half = 0; half < 2; half++) {
        bytes16 *c = a + half * 4;
        bytes16 quarter[4] = {low(c[0], c[2]), low(c[1], c[3]), high(c[0], c[2]), high(c[1], c[3])};
        for (int i = 0; i < 2; i++) {
            bytes16 rows[2] = {low(quarter[i * 2], quarter[i * 2 + 1]), high(quarter[i * 2], quarter[i * 2 + 1])};
            for (int j = 0; j < 4; j++)
                memcpy(records + (half * 8 + i * 4 + j) * width, (const uint8_t *)rows + j * 8, 8);
        }
    }
}

// Columns at distances of a power of two share a few places of the nearest cache, which holds eight of them, but not
// sixteen. So eight columns are written, or read, for as many rows as the cache holds, before the next eight.
enum { tile_rows = 256 };

static inline size_t tile_end(size_t tile, size_t whole) { return tile + tile_rows < whole ? tile + tile_rows : whole; }

FOR_EACH_PROCESSOR
void martlet_transpose(const void *records, size_t count, size_t width, void *columns) {
    const uint8_t *from = records;
    uint8_t *to = columns;
    size_t whole = count & ~(size_t)15, wide = width & ~(size_t)7;
    for (size_t tile = 0; tile < whole; tile += tile_rows)
        for (size_t byte = 0; byte < wide; byte += 8)
            for (size_t row = tile; row < tile_end(tile, whole); row += 16)
                transpose_block(from + row * width + byte, width, to + byte * count + row, count);
    for (size_t byte = 0; byte < width; byte++)
        for (size_t row = byte < wide ? whole : 0; row < count; row++) to[byte * count + row] = from[row * width + byte];
}

FOR_EACH_PROCESSOR
void martlet_restore(const void *columns, size_t count, size_t width, void *records) {
    const uint8_t *from = columns;
    uint8_t *to = records;
    size_t whole = count & ~(size_t)15, wide = width & ~(size_t)7;
    for (size_t tile = 0; tile < whole; tile += tile_rows)
        for (size_t byte = 0; byte < wide; byte += 8)
            for (size_t row = tile; row < tile_end(tile, whole); row += 16)
                restore_block(from + byte * count + row, count, to + row * width + byte, width);
    for (size_t byte = 0; byte < width; byte++)
        for (size_t row = byte < wide ? whole : 0; row < count; row++) to[row * width + byte] = from[byte * count + row];
}
