// FNV-1a over the bits of numbers: golden values are one line each.
#pragma once

#include <cstdint>
#include <cstring>

struct Hash {
    std::uint64_t value = 0xcbf29ce484222325ull;

    template <class Number>
    void add(const Number& number) {
        unsigned char bytes[sizeof(Number)];
        std::memcpy(bytes, &number, sizeof(Number));
        for (const unsigned char byte : bytes) value = (value ^ byte) * 0x100000001b3ull;
    }
};
