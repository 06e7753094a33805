// Vectors that begin on a cache line: a load of a whole register that crosses two lines costs twice.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace wm::core {

template <class Value>
struct CacheLines {
    using value_type = Value;
    static constexpr std::align_val_t kLine{64};

    CacheLines() = default;
    template <class Other>
    CacheLines(const CacheLines<Other>&) {}  // NOLINT: allocators convert

    Value* allocate(std::size_t count) { return static_cast<Value*>(::operator new(count * sizeof(Value), kLine)); }
    void deallocate(Value* memory, std::size_t) { ::operator delete(memory, kLine); }
    bool operator==(const CacheLines&) const = default;
};

template <class Value>
using AlignedVector = std::vector<Value, CacheLines<Value>>;

}  // namespace wm::core
