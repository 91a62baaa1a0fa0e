/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum: CRC-32C by the processor's instruction where it has one, and both by eight bytes a step with tables
 * otherwise. See checksum.h.
 *
 * A CRC is linear: the entry of a byte is the sum of the entries of its bits. So a table of 256 is written as the
 * eight entries of single bits. The table of row n is for a byte with n bytes behind it.
 */
#include "sim/kafka/wire/checksum.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* clang-format off */
#define BIT(I, N, ENTRY) ((I) >> (N) & 1 ? ENTRY : 0u)
#define BYTE(I, A, B, C, D, E, F, G, H) \
    BIT(I, 0, A) ^ BIT(I, 1, B) ^ BIT(I, 2, C) ^ BIT(I, 3, D) ^ \
    BIT(I, 4, E) ^ BIT(I, 5, F) ^ BIT(I, 6, G) ^ BIT(I, 7, H)
#define BYTES2(I, ...) BYTE(I, __VA_ARGS__), BYTE((I) + 1, __VA_ARGS__)
#define BYTES4(I, ...) BYTES2(I, __VA_ARGS__), BYTES2((I) + 2, __VA_ARGS__)
#define BYTES8(I, ...) BYTES4(I, __VA_ARGS__), BYTES4((I) + 4, __VA_ARGS__)
#define BYTES16(I, ...) BYTES8(I, __VA_ARGS__), BYTES8((I) + 8, __VA_ARGS__)
#define BYTES32(I, ...) BYTES16(I, __VA_ARGS__), BYTES16((I) + 16, __VA_ARGS__)
#define BYTES64(I, ...) BYTES32(I, __VA_ARGS__), BYTES32((I) + 32, __VA_ARGS__)
#define BYTES128(I, ...) BYTES64(I, __VA_ARGS__), BYTES64((I) + 64, __VA_ARGS__)
#define ROW(...) {BYTES128(0, __VA_ARGS__), BYTES128(128, __VA_ARGS__)}

/* Castagnoli's polynomial, reversed: 0x82f63b78. */
static const uint32_t castagnoli[8][256] = {
    ROW(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78),
    ROW(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9),
    ROW(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743),
    ROW(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f),
    ROW(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c),
    ROW(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6),
    ROW(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
    ROW(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664),
};

/* zlib's: 0xedb88320. */
static const uint32_t zlib[8][256] = {
    ROW(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
    ROW(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
    ROW(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
    ROW(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
    ROW(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782, 0xc1c12f04, 0x58f35849, 0xb1e6b092),
    ROW(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b, 0x07ac0536, 0x0f580a6c, 0x1eb014d8),
    ROW(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce, 0xcfbd399c, 0x440b7579, 0x8816eaf2),
    ROW(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b, 0xf9766256, 0x299dc2ed, 0x533b85da),
};
#if defined(__x86_64__)
enum { LANE_BYTES = 256 };

/* By the bytes of a CRC-32C: what is left of them LANE_BYTES zero bytes later. */
static const uint32_t lane[4][256] = {
    ROW(0xdcb17aa4, 0xbc8e83b9, 0x7cf17183, 0xf9e2e306, 0xf629b0fd, 0xe9bf170b, 0xd69258e7, 0xa8c8c73f),
    ROW(0x547df88f, 0xa8fbf11e, 0x541b94cd, 0xa837299a, 0x558225c5, 0xab044b8a, 0x53e4e1e5, 0xa7c9c3ca),
    ROW(0x4a7ff165, 0x94ffe2ca, 0x2c13b365, 0x582766ca, 0xb04ecd94, 0x6571edd9, 0xcae3dbb2, 0x902bc195),
    ROW(0x25bbf5db, 0x4b77ebb6, 0x96efd76c, 0x2833d829, 0x5067b052, 0xa0cf60a4, 0x4472b7b9, 0x88e56f72),
};
#endif
/* clang-format on */

static uint64_t load(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static uint32_t by_table(const uint32_t table[8][256], const uint8_t *data, size_t bytes)
{
    uint32_t crc = ~0u;
    for (; bytes >= 8; data += 8, bytes -= 8) {
        uint64_t word = load(data) ^ crc;
        crc = 0;
        for (int i = 0; i < 8; i++, word >>= 8)
            crc ^= table[7 - i][word & 0xff];
    }
    for (; bytes > 0; data++, bytes--)
        crc = (crc >> 8) ^ table[0][(crc ^ *data) & 0xff];
    return ~crc;
}

uint32_t checksum_crc32c_portable(const uint8_t *data, size_t bytes)
{
    return by_table(castagnoli, data, bytes);
}

uint32_t wire_crc32(const uint8_t *data, size_t bytes)
{
    return by_table(zlib, data, bytes);
}

#if defined(__x86_64__)
/* What crc is after LANE_BYTES zero bytes more. */
static uint32_t shift_lane(uint32_t crc)
{
    return lane[0][crc & 0xff] ^ lane[1][crc >> 8 & 0xff] ^ lane[2][crc >> 16 & 0xff] ^ lane[3][crc >> 24];
}

/* The instruction takes three cycles, but one can begin in each: so three lanes at once, joined at their ends. */
__attribute__((target("sse4.2"))) static uint32_t by_instruction(const uint8_t *data, size_t bytes)
{
    uint64_t crc = 0xffffffff;
    for (; bytes >= 3 * LANE_BYTES; data += 3 * LANE_BYTES, bytes -= 3 * LANE_BYTES) {
        uint64_t second = 0, third = 0;
        for (size_t i = 0; i < LANE_BYTES; i += 8) {
            crc = _mm_crc32_u64(crc, load(data + i));
            second = _mm_crc32_u64(second, load(data + LANE_BYTES + i));
            third = _mm_crc32_u64(third, load(data + 2 * LANE_BYTES + i));
        }
        crc = shift_lane((uint32_t)crc) ^ second;
        crc = shift_lane((uint32_t)crc) ^ third;
    }
    for (; bytes >= 8; data += 8, bytes -= 8)
        crc = _mm_crc32_u64(crc, load(data));
    uint32_t crc32 = (uint32_t)crc;
    for (; bytes > 0; data++, bytes--)
        crc32 = _mm_crc32_u8(crc32, *data);
    return ~crc32;
}
#endif

uint32_t wire_crc32c(const uint8_t *data, size_t bytes)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return by_instruction(data, bytes);
#endif
    return checksum_crc32c_portable(data, bytes);
}
