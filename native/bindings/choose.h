// A word to what it stands for; one that is not known is a ValueError that lists them all.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "arrays.h"

namespace wm::bindings {

template <class Value>
Value choose(const std::string& name, const std::string& given, const std::vector<std::pair<std::string, Value>>& known) {
    std::string names;
    for (const auto& [key, value] : known) {
        if (key == given) return value;
        names += (names.empty() ? "'" : ", '") + key + "'";
    }
    throw py::value_error(name + ": expected one of " + names + ", got '" + given + "'");
}

}  // namespace wm::bindings
