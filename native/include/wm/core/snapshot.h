// Exact snapshots: a header (kind, version, length, checksum) and the fields one by one, little-endian. The checksum
// finds accidents; an environment's load also refuses well-formed bytes that no episode could have left.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "wm/core/rng.h"

namespace wm::core {

static_assert(std::endian::native == std::endian::little, "snapshots are written as they lie in memory");

class SnapshotError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Whose snapshot it is.
struct SnapshotKind {
    std::uint32_t magic = 0;
    std::uint32_t version = 1;
    const char* name = "";
};

class SnapshotWriter {
public:
    explicit SnapshotWriter(const SnapshotKind& kind) : kind_(kind) {}

    template <class... Values>
    void operator()(const Values&... values) {
        (put(values), ...);
    }
    // The finished snapshot: header in front of what was written.
    [[nodiscard]] std::vector<std::uint8_t> finish() const;

private:
    template <class Value>
    void put(const Value& value) {
        static_assert(std::is_arithmetic_v<Value> || std::is_enum_v<Value> || std::is_same_v<Value, Uint128>);
        const std::size_t end = payload_.size();
        payload_.resize(end + sizeof(Value));
        std::memcpy(payload_.data() + end, &value, sizeof(Value));
    }

    SnapshotKind kind_;
    std::vector<std::uint8_t> payload_;
};

class SnapshotReader {
public:
    // Throws SnapshotError when the bytes are not a whole, unaltered snapshot of this kind and version.
    SnapshotReader(const SnapshotKind& kind, std::span<const std::uint8_t> bytes);

    template <class... Values>
    void operator()(Values&... values) {
        (get(values), ...);
    }
    void expect_end() const;

private:
    template <class Value>
    void get(Value& value) {
        if (rest_.size() < sizeof(Value)) throw SnapshotError("snapshot ends early");
        if constexpr (std::is_same_v<Value, bool>) {
            if (rest_.front() > 1) throw SnapshotError("snapshot holds a flag that is neither 0 nor 1");
            value = rest_.front() == 1;
        } else {
            std::memcpy(&value, rest_.data(), sizeof(Value));
        }
        rest_ = rest_.subspan(sizeof(Value));
    }

    std::span<const std::uint8_t> rest_;
};

// Asks whether every floating-point field is finite.
class FiniteCheck {
public:
    template <class... Values>
    void operator()(const Values&... values) {
        (see(values), ...);
    }
    [[nodiscard]] bool all_finite() const { return finite_; }

private:
    template <class Value>
    void see(const Value& value) {
        if constexpr (std::is_floating_point_v<Value>) finite_ = finite_ && std::isfinite(value);
    }

    bool finite_ = true;
};

}  // namespace wm::core
