// Windows of rows out of memory-mapped arrays: what a trainer reads in every batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "wm/core/thread_pool.h"

namespace wm::data {

enum class Element {
    bytes,  // copied as they are
    half,   // float16, widened to float32
};

// One field: the same kind of rows in several arrays (one a shard). The memory belongs to the caller.
struct Field {
    struct Source {
        const std::byte* base;
        std::int64_t rows;
    };
    std::vector<Source> sources;
    std::size_t row_bytes = 0;  // in the sources
    Element element = Element::bytes;

    [[nodiscard]] std::size_t out_bytes() const { return element == Element::half ? 2 * row_bytes : row_bytes; }
};

// Window b reads rows [start[b], start[b] + valid[b]) of source[b]; the rest of its `length` rows become zero.
struct Windows {
    std::span<const std::int64_t> source;
    std::span<const std::int64_t> start;
    std::span<const std::int64_t> valid;
    std::int64_t length = 0;

    [[nodiscard]] std::size_t count() const { return source.size(); }
};

class Gatherer {
public:
    explicit Gatherer(int threads) : pool_(threads) {}  // 0: one for each core

    // Throws std::out_of_range, before anything is written, when a window leaves its source.
    // `out` holds count * length * field.out_bytes() bytes. Calls from several threads wait for each other.
    void gather(const Field& field, const Windows& windows, std::byte* out);

private:
    std::mutex mutex_;
    core::ThreadPool pool_;
};

}  // namespace wm::data
