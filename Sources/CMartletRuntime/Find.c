#define _GNU_SOURCE
#include "CMartletRuntime.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Short patterns: wherever the first and the last byte are right, 16 places at a time, the rest is compared
// (Mula, "SIMD-friendly algorithms for substring searching"). A line of text takes a few steps, where memmem spends
// most of its time on preparing a table.
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

size_t martlet_long_line_length(const void *bytes, size_t start, size_t count) {
    const uint8_t *text = bytes;
    size_t place = start;
#if defined(__SSE2__)
    const __m128i feed = _mm_set1_epi8('\n');
    const __m128i mark = _mm_set1_epi8('\r');
    for (; place < count; place += 64) {
        __m128i found = _mm_setzero_si128();
        for (int part = 0; part < 4; part++) {
            const __m128i next = _mm_loadu_si128((const __m128i *)(text + place) + part);
            found = _mm_or_si128(found, _mm_or_si128(_mm_cmpeq_epi8(next, feed), _mm_cmpeq_epi8(next, mark)));
        }
        if (_mm_movemask_epi8(found)) break;
    }
#endif
    for (; place < count; place += 16) {
        const uint32_t ends = martlet_line_end_mask16(text + place);
        if (!ends) continue;
        const size_t length = place + (size_t)__builtin_ctz(ends);
        return length < count ? length : count;
    }
    return count;
}
