// The picture of a text as Python hands it over.
#pragma once

#include "arrays.h"
#include "wm/racing/frame.h"

namespace wm::bindings {

inline racing::GreyText grey_text(const py::array& grey) {
    if (grey.ndim() != 2) refuse("grey", "uint8 [H, W]", grey);
    const auto* data = input<std::uint8_t>("grey", grey, {grey.shape(0), grey.shape(1)});
    return {{data, static_cast<std::size_t>(grey.size())}, static_cast<int>(grey.shape(1)), static_cast<int>(grey.shape(0))};
}

}  // namespace wm::bindings
