#define _GNU_SOURCE
#include "CMartletRuntime.h"
#include "ForEachProcessor.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Short patterns: compares the first and the last byte at 16 places at a time, and the rest only where both match (Mula,
// "SIMD-friendly algorithms for substring searching"). A line of text takes a few steps, whereas memmem spends most of its
// time preparing a table.
static int find_short(const uint8_t *bytes, size_t count, const uint8_t *wanted, size_t wanted_count) {
#if defined(__SSE2__)
    const __m128i first = _mm_set1_epi8((char)wanted[0]);
    const __m128i last = _mm_set1_epi8((char)wanted[wanted_count - 1]);
    const size_t places = count - wanted_count + 1;
    for (size_t place = 0; place < places; place += 16) {
        const __m128i starts = _mm_loadu_si128((const __m128i *)(bytes + place));
        const __m128i ends = _mm_loadu_si128((const __m128i *)(bytes + place + wanted_count - 1));
        unsigned hits = (unsigned)_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpeq_epi8(starts, first), _mm_cmpeq_epi8(ends, last)));
        for (; hits; hits &= hits - 1) {
            const size_t at = place + (size_t)__builtin_ctz(hits);
            if (at < places && memcmp(bytes + at, wanted, wanted_count) == 0) return 1;
        }
    }
    return 0;
#else
    return memmem(bytes, count, wanted, wanted_count) != NULL;
#endif
}

int martlet_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count) {
    if (wanted_count == 0) return 1;
    if (count < wanted_count) return 0;
    if (wanted_count <= 32) return find_short(bytes, count, wanted, wanted_count);
    return memmem(bytes, count, wanted, wanted_count) != NULL;
}

typedef uint8_t bytes64 __attribute__((ext_vector_type(64), aligned(1)));
typedef _Bool flags64 __attribute__((ext_vector_type(64)));

#define LINE_ENDS(bytes) ((*(const bytes64 *)(bytes) == '\n') | (*(const bytes64 *)(bytes) == '\r'))
#define FLAGS(lanes) __builtin_convertvector(lanes, flags64)

static inline __attribute__((always_inline)) uint64_t mask_of(flags64 flags) {
    uint64_t mask;
    memcpy(&mask, &flags, sizeof mask);
    return mask;
}

// Bit i is set where byte i of 64 is a line feed or a carriage return.
static inline __attribute__((always_inline)) uint64_t line_end_mask(const uint8_t *bytes) {
    return mask_of(FLAGS(LINE_ENDS(bytes)));
}

// Whether 256 bytes contain a line end.
static inline __attribute__((always_inline)) int has_line_end(const uint8_t *bytes) {
    return mask_of(FLAGS(
        (LINE_ENDS(bytes) | LINE_ENDS(bytes + 64)) | (LINE_ENDS(bytes + 128) | LINE_ENDS(bytes + 192)))) != 0;
}

FOR_EACH_PROCESSOR
size_t martlet_line_ends(const void *bytes, size_t count, uint32_t *ends, size_t capacity, size_t *found) {
    const uint8_t *text = bytes;
    size_t place = 0, written = 0, empty = 0;
    for (; place < count && written + 64 <= capacity; place += 64) {
        uint64_t mask = line_end_mask(text + place);
        if (mask) {
            empty = 0;
            if (place + 64 > count) mask &= ~(uint64_t)0 >> (64 - (count - place));
            for (; mask; mask &= mask - 1) ends[written++] = (uint32_t)(place + (size_t)__builtin_ctzll(mask));
        } else if (++empty == 3) {
            // Long lines are searched in larger steps.
            empty = 0;
            while (place + 64 + 256 <= count && !has_line_end(text + place + 64)) place += 256;
        }
    }
    *found = written;
    return place < count ? place : count;
}
