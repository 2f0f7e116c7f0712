#include "CMartletRuntime.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// SHA-256 of FIPS 180-4. Programs are known by it, so two must not be made to collide: the hash of pages would not do.

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turned(uint32_t word, int count) { return word >> count | word << (32 - count); }

static void add_blocks(uint32_t state[8], const uint8_t *bytes, size_t count) {
    for (; count > 0; count--, bytes += 64) {
        uint32_t words[64];
        for (int index = 0; index < 16; index++) {
            uint32_t word;
            memcpy(&word, bytes + 4 * index, 4);
            words[index] = __builtin_bswap32(word);
        }
        for (int index = 16; index < 64; index++) {
            uint32_t older = words[index - 15], newer = words[index - 2];
            words[index] = words[index - 16] + words[index - 7]
                + (turned(older, 7) ^ turned(older, 18) ^ older >> 3) + (turned(newer, 17) ^ turned(newer, 19) ^ newer >> 10);
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (int index = 0; index < 64; index++) {
            uint32_t first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + constants[index] + words[index];
            uint32_t second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

#if defined(__x86_64__)
// The same by the processor's instructions, six times as fast. They keep the state as (a, b, e, f) and (c, d, g, h).
__attribute__((target("sha,sse4.1"))) static void add_blocks_fast(uint32_t state[8], const uint8_t *bytes, size_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xF0);
    for (; count > 0; count--, bytes += 64) {
        __m128i before_abef = abef, before_cdgh = cdgh, words[4];
        for (int index = 0; index < 4; index++) {
            words[index] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * index)), big_endian);
        }
        for (int group = 0; group < 16; group++) {
            __m128i now = words[group & 3];
            __m128i sum = _mm_add_epi32(now, _mm_loadu_si128((const __m128i *)(constants + 4 * group)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
            if (group >= 12) continue;
            // The words of the fourth group after this one.
            __m128i last = words[(group + 3) & 3];
            __m128i made = _mm_sha256msg1_epu32(now, words[(group + 1) & 3]);
            made = _mm_add_epi32(made, _mm_alignr_epi8(last, words[(group + 2) & 3], 4));
            words[group & 3] = _mm_sha256msg2_epu32(made, last);
        }
        abef = _mm_add_epi32(abef, before_abef);
        cdgh = _mm_add_epi32(cdgh, before_cdgh);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#endif

static void add(martlet_sha256 *hash, const uint8_t *bytes, size_t blocks) {
#if defined(__x86_64__)
    if (!hash->is_plain && __builtin_cpu_supports("sse4.1")) {
        unsigned eax = 7, ebx = 0, ecx = 0, edx = 0;
        __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
        if (ebx >> 29 & 1) return add_blocks_fast(hash->state, bytes, blocks);
    }
#endif
    add_blocks(hash->state, bytes, blocks);
}

void martlet_sha256_begin(martlet_sha256 *hash, int is_plain) {
    *hash = (martlet_sha256){
        {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, 0, {0}, is_plain};
}

void martlet_sha256_add(martlet_sha256 *hash, const void *content, size_t count) {
    const uint8_t *bytes = content;
    size_t used = hash->count % 64;
    hash->count += count;
    if (used > 0) {
        size_t taken = count < 64 - used ? count : 64 - used;
        memcpy(hash->rest + used, bytes, taken);
        if (used + taken < 64) return;
        add(hash, hash->rest, 1);
        bytes += taken;
        count -= taken;
    }
    if (count >= 64) add(hash, bytes, count / 64);
    memcpy(hash->rest, bytes + count / 64 * 64, count % 64);
}

void martlet_sha256_end(martlet_sha256 *hash, uint8_t digest[32]) {
    uint64_t bits = __builtin_bswap64(hash->count * 8);
    size_t padding = (hash->count % 64 < 56 ? 56 : 120) - hash->count % 64;
    static const uint8_t pad[64] = {0x80};
    martlet_sha256_add(hash, pad, padding);
    martlet_sha256_add(hash, &bits, 8);
    for (int index = 0; index < 8; index++) {
        uint32_t word = __builtin_bswap32(hash->state[index]);
        memcpy(digest + 4 * index, &word, 4);
    }
}
