// What Python asks of the lanes of any native batch; calls take turns.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "arrays.h"

namespace wm::bindings {

using Words = std::vector<std::uint32_t>;

template <class Batch>
class BatchLanes {
public:
    template <class Config>
    BatchLanes(const Config& config, const Words& entropy) : batch_(config, entropy) {}

    void seed(py::ssize_t lane, const Words& words) {
        const std::size_t k = checked(lane);
        const std::lock_guard lock(mutex_);
        batch_.seed(k, words);
    }

    py::bytes get_state(py::ssize_t lane) {
        const std::size_t k = checked(lane);
        require_ready(k);
        const std::lock_guard lock(mutex_);
        const auto bytes = batch_.save(k);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    void set_state(py::ssize_t lane, const py::bytes& snapshot) {
        const std::size_t k = checked(lane);
        const std::string_view text = snapshot;
        const std::lock_guard lock(mutex_);
        batch_.load(k, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }

    [[nodiscard]] bool ended(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        return batch_.env(checked(lane)).ended();
    }

    [[nodiscard]] int steps(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        return batch_.env(checked(lane)).steps();
    }

    [[nodiscard]] const Batch& batch() const { return batch_; }
    [[nodiscard]] py::ssize_t lanes() const { return static_cast<py::ssize_t>(batch_.size()); }

protected:
    [[nodiscard]] std::size_t checked(py::ssize_t lane) const {
        if (lane >= 0 && lane < lanes()) return static_cast<std::size_t>(lane);
        throw py::index_error("lane " + std::to_string(lane) + " of a batch of " + std::to_string(lanes()));
    }
    void require_ready() const {
        if (!batch_.ready()) throw std::runtime_error("reset() must be called before step()");
    }
    void require_ready(std::size_t lane) const {
        if (!batch_.env(lane).ready()) throw std::runtime_error("reset() must be called first");
    }

    Batch batch_;
    mutable std::mutex mutex_;
};

// A read-only property that is a view of a vector of the batch's.
template <class Class, class Member>
void bind_view(Class& type, const char* name, Member member, const char* doc) {
    using Lanes = typename Class::type;
    type.def_property_readonly(name, [member](const py::object& self) { return view(member(self.cast<Lanes&>().batch()), self); }, doc);
}

}  // namespace wm::bindings
