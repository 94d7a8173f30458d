// The two functions of the LZ4 library that Verilator's FST writer calls, so that waves need no library on the machine.
//
// LZ4's block format: sequences of a token (literal count, match length - 4; 15 means that more bytes follow), literals,
// a 16-bit offset. The last sequence has literals alone: at least five, and no match begins in the last twelve bytes.
#ifndef ATTNFORGE_LZ4_H
#define ATTNFORGE_LZ4_H

#include <cstdint>
#include <cstring>
#include <vector>

static inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

namespace attnforge_lz4 {

inline uint32_t word_at(const uint8_t* bytes) {
    uint32_t word;
    std::memcpy(&word, bytes, 4);
    return word;
}

inline uint8_t* put_count(uint8_t* out, int rest) {
    for (; rest >= 255; rest -= 255) *out++ = 255;
    *out++ = static_cast<uint8_t>(rest);
    return out;
}

// match is 0 in the last sequence.
inline uint8_t* put_sequence(uint8_t* out, const uint8_t* literals, int count, int offset, int match) {
    const int extra = match ? match - 4 : 0;
    *out++ = static_cast<uint8_t>((count < 15 ? count : 15) << 4 | (extra < 15 ? extra : 15));
    if (count >= 15) out = put_count(out, count - 15);
    if (count) std::memcpy(out, literals, count);
    out += count;
    if (match) {
        *out++ = static_cast<uint8_t>(offset);
        *out++ = static_cast<uint8_t>(offset >> 8);
        if (extra >= 15) out = put_count(out, extra - 15);
    }
    return out;
}

}  // namespace attnforge_lz4

static inline int LZ4_compress_default(const char* source, char* target, int size, int capacity) {
    using namespace attnforge_lz4;
    if (capacity < LZ4_compressBound(size)) return 0;
    const uint8_t* const in = reinterpret_cast<const uint8_t*>(source);
    uint8_t* out = reinterpret_cast<uint8_t*>(target);
    constexpr int hash_bits = 12;
    std::vector<int> seen(1 << hash_bits, -1);  // where four such bytes were last
    int literals = 0;
    for (int at = 0; at < size - 12;) {
        const uint32_t hash = word_at(in + at) * 2654435761u >> (32 - hash_bits);
        const int earlier = seen[hash];
        seen[hash] = at;
        if (earlier < 0 || at - earlier > 65535 || word_at(in + earlier) != word_at(in + at)) {
            ++at;
            continue;
        }
        int match = 4;
        while (at + match < size - 5 && in[earlier + match] == in[at + match]) ++match;
        out = put_sequence(out, in + literals, at - literals, at - earlier, match);
        at += match;
        literals = at;
    }
    out = put_sequence(out, in + literals, size - literals, 0, 0);
    return static_cast<int>(out - reinterpret_cast<uint8_t*>(target));
}

#endif
