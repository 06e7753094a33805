// Snapshots with a valid header around any payload, as somebody could write them who knows the format.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "check.h"

namespace wm::test {

constexpr std::size_t kSnapshotHeader = 24;

inline std::vector<std::uint8_t> payload_of(std::span<const std::uint8_t> snapshot) {
    return {snapshot.begin() + kSnapshotHeader, snapshot.end()};
}

constexpr std::uint32_t kRacingMagic = 0x52434d57U;

inline std::vector<std::uint8_t> sealed(std::span<const std::uint8_t> payload, std::uint32_t magic = kRacingMagic) {
    const std::uint32_t version = 1;
    const std::uint64_t length = payload.size();
    const std::uint64_t checksum = fnv1a(payload);
    std::vector<std::uint8_t> bytes(kSnapshotHeader + payload.size());
    std::memcpy(bytes.data(), &magic, 4);
    std::memcpy(bytes.data() + 4, &version, 4);
    std::memcpy(bytes.data() + 8, &length, 8);
    std::memcpy(bytes.data() + 16, &checksum, 8);
    if (!payload.empty()) std::memcpy(bytes.data() + kSnapshotHeader, payload.data(), payload.size());
    return bytes;
}

}  // namespace wm::test
