// The two functions of zlib that Verilator's FST writer calls, so that waves need no library on the machine.
//
// The stream is valid, and never smaller than its input ("stored" blocks): the writer then keeps the input as it is.
#ifndef ATTNFORGE_ZLIB_H
#define ATTNFORGE_ZLIB_H

#include <cstdint>
#include <cstring>

typedef unsigned long uLong;
typedef unsigned long uLongf;
typedef unsigned char Bytef;
enum { Z_OK = 0, Z_BUF_ERROR = -5 };

static inline uLong compressBound(uLong size) { return size + 5 * (size / 65535 + 1) + 6; }

static inline int compress2(Bytef* target, uLongf* target_size, const Bytef* source, uLong size, int /*level*/) {
    if (*target_size < compressBound(size)) return Z_BUF_ERROR;
    Bytef* out = target;
    *out++ = 0x78;
    *out++ = 0x01;
    uLong rest = size;
    const Bytef* in = source;
    do {
        const unsigned count = rest < 65535 ? static_cast<unsigned>(rest) : 65535;
        rest -= count;
        *out++ = rest == 0;
        for (const unsigned word : {count, ~count}) {
            *out++ = static_cast<Bytef>(word);
            *out++ = static_cast<Bytef>(word >> 8);
        }
        if (count) std::memcpy(out, in, count);
        out += count;
        in += count;
    } while (rest);
    uint32_t low = 1, high = 0;  // Adler-32
    for (uLong at = 0; at < size; ++at) {
        low = (low + source[at]) % 65521;
        high = (high + low) % 65521;
    }
    for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<Bytef>((high << 16 | low) >> shift);
    *target_size = static_cast<uLongf>(out - target);
    return Z_OK;
}

#endif
