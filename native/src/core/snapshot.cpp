#include "wm/core/snapshot.h"

namespace wm::core {
namespace {

struct Header {
    std::uint32_t magic = 0;
    std::uint32_t version = 0;
    std::uint64_t length = 0;
    std::uint64_t checksum = 0;
};
static_assert(sizeof(Header) == 24);

std::uint64_t fnv1a(std::span<const std::uint8_t> bytes) {  // Fowler, Noll, Vo: 64 bits
    std::uint64_t hash = 0xcbf29ce484222325ull;
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3ull;
    return hash;
}

}  // namespace

std::vector<std::uint8_t> SnapshotWriter::finish() const {
    const Header header{kind_.magic, kind_.version, payload_.size(), fnv1a(payload_)};
    std::vector<std::uint8_t> bytes(sizeof(Header) + payload_.size());
    std::memcpy(bytes.data(), &header, sizeof(Header));
    if (!payload_.empty()) std::memcpy(bytes.data() + sizeof(Header), payload_.data(), payload_.size());
    return bytes;
}

SnapshotReader::SnapshotReader(const SnapshotKind& kind, std::span<const std::uint8_t> bytes) {
    Header header;
    if (bytes.size() < sizeof(Header)) throw SnapshotError("snapshot is truncated: shorter than its header");
    std::memcpy(&header, bytes.data(), sizeof(Header));
    if (header.magic != kind.magic) throw SnapshotError(std::string("these bytes are not a ") + kind.name + " snapshot");
    if (header.version != kind.version) {
        throw SnapshotError("snapshot has version " + std::to_string(header.version) + ", this build reads version " +
                            std::to_string(kind.version));
    }
    rest_ = bytes.subspan(sizeof(Header));
    if (rest_.size() != header.length) {
        throw SnapshotError("snapshot should hold " + std::to_string(header.length) + " bytes after its header, got " +
                            std::to_string(rest_.size()));
    }
    if (fnv1a(rest_) != header.checksum) throw SnapshotError("snapshot was altered: its checksum does not match");
}

void SnapshotReader::expect_end() const {
    if (!rest_.empty()) throw SnapshotError("snapshot has bytes left over");
}

}  // namespace wm::core
