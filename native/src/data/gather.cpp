#include "wm/data/gather.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "wm/data/half.h"

namespace wm::data {
namespace {

constexpr std::size_t kWorthThreads = 256 * 1024;  // bytes; below, waking a thread costs more than the copy

void check(const Field& field, const Windows& windows) {
    const auto sources = static_cast<std::int64_t>(field.sources.size());
    for (std::size_t b = 0; b < windows.count(); ++b) {
        const std::int64_t source = windows.source[b], start = windows.start[b], valid = windows.valid[b];
        const bool known = source >= 0 && source < sources;
        const std::int64_t rows = known ? field.sources[static_cast<std::size_t>(source)].rows : 0;
        if (known && start >= 0 && valid >= 0 && valid <= windows.length && start <= rows - valid) continue;
        throw std::out_of_range("window " + std::to_string(b) + " (source " + std::to_string(source) + ", start " +
                                std::to_string(start) + ", valid " + std::to_string(valid) + " of length " +
                                std::to_string(windows.length) + ") leaves the data: " + std::to_string(sources) +
                                " sources, " + std::to_string(rows) + " rows in this one");
    }
}

void widen(const std::byte* from, std::size_t values, std::byte* to) {
    for (std::size_t i = 0; i < values; ++i) {
        std::uint16_t half;
        std::memcpy(&half, from + 2 * i, sizeof half);
        const float value = half_to_float(half);
        std::memcpy(to + 4 * i, &value, sizeof value);
    }
}

void copy_window(const Field& field, const Windows& windows, std::size_t b, std::byte* out) {
    const Field::Source& source = field.sources[static_cast<std::size_t>(windows.source[b])];
    const auto valid = static_cast<std::size_t>(windows.valid[b]);
    const std::byte* from = source.base + static_cast<std::size_t>(windows.start[b]) * field.row_bytes;
    if (field.element == Element::half) {
        widen(from, valid * field.row_bytes / 2, out);
    } else {
        std::memcpy(out, from, valid * field.row_bytes);
    }
    const std::size_t written = valid * field.out_bytes();
    std::memset(out + written, 0, static_cast<std::size_t>(windows.length) * field.out_bytes() - written);
}

}  // namespace

void Gatherer::gather(const Field& field, const Windows& windows, std::byte* out) {
    check(field, windows);
    const std::size_t window_bytes = static_cast<std::size_t>(windows.length) * field.out_bytes();
    const auto one = [&](int /*worker*/, int b) {
        copy_window(field, windows, static_cast<std::size_t>(b), out + static_cast<std::size_t>(b) * window_bytes);
    };
    if (windows.count() * window_bytes < kWorthThreads) {
        for (int b = 0; b < static_cast<int>(windows.count()); ++b) one(0, b);
        return;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    pool_.run(static_cast<int>(windows.count()), one);
}

}  // namespace wm::data
