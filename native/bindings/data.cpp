#include "data.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "wm/data/gather.h"

namespace wm::bindings {
namespace {

namespace py = pybind11;

using Ints = py::array_t<std::int64_t, py::array::c_style>;
using data::Element;
using data::Field;

std::span<const std::int64_t> span_of(const Ints& values, const char* name) {
    if (values.ndim() != 1) throw py::value_error(std::string(name) + ": expected one dimension");
    return {values.data(), static_cast<std::size_t>(values.size())};
}

// The arrays of one field, and what keeps them alive.
struct BoundField {
    Field field;
    py::dtype dtype;                   // of the sources
    py::dtype out_dtype;               // float32 for float16 sources, otherwise the same
    std::vector<py::ssize_t> row;      // shape of a row
    std::vector<py::array> arrays;
};

BoundField bind_field(const std::string& name, const std::vector<py::array>& arrays) {
    if (arrays.empty()) throw py::value_error(name + ": needs at least one array");
    BoundField bound;
    bound.dtype = arrays[0].dtype();
    const bool half = bound.dtype.equal(py::dtype("float16"));
    bound.out_dtype = half ? py::dtype("float32") : bound.dtype;
    bound.row.assign(arrays[0].shape() + 1, arrays[0].shape() + arrays[0].ndim());
    bound.field.element = half ? Element::half : Element::bytes;
    bound.field.row_bytes = static_cast<std::size_t>(bound.dtype.itemsize());
    for (const py::ssize_t size : bound.row) bound.field.row_bytes *= static_cast<std::size_t>(size);
    for (const py::array& array : arrays) {
        const std::vector<py::ssize_t> row(array.shape() + 1, array.shape() + array.ndim());
        if (row != bound.row || !array.dtype().equal(bound.dtype)) {
            throw py::value_error(name + ": all arrays need the same dtype and shape of a row");
        }
        if ((array.flags() & py::array::c_style) == 0) throw py::value_error(name + ": arrays must be C-contiguous");
        bound.field.sources.push_back({static_cast<const std::byte*>(array.data()), array.shape(0)});
        bound.arrays.push_back(array);
    }
    return bound;
}

class SequenceGather {
public:
    SequenceGather(const std::map<std::string, std::vector<py::array>>& fields, int num_threads)
        : gatherer_(num_threads) {
        for (const auto& [name, arrays] : fields) {
            for (const py::array& array : arrays) {
                if (array.ndim() < 1) throw py::value_error(name + ": arrays need a first axis of rows");
            }
            fields_.emplace(name, bind_field(name, arrays));
        }
    }

    void gather(const std::string& name, const Ints& source, const Ints& start, const Ints& valid, py::array out) {
        const auto found = fields_.find(name);
        if (found == fields_.end()) throw py::key_error(name);
        const BoundField& bound = found->second;
        data::Windows windows{span_of(source, "source"), span_of(start, "start"), span_of(valid, "valid"), 0};
        if (start.size() != source.size() || valid.size() != source.size()) {
            throw py::value_error("source, start and valid need the same length");
        }
        windows.length = check_out(bound, source.size(), out);
        auto* to = static_cast<std::byte*>(out.mutable_data());
        const py::gil_scoped_release release;
        gatherer_.gather(bound.field, windows, to);
    }

private:
    static std::int64_t check_out(const BoundField& bound, py::ssize_t count, const py::array& out) {
        const bool rank = out.ndim() == static_cast<py::ssize_t>(bound.row.size()) + 2;
        const bool fits = rank && out.shape(0) == count &&
                          std::vector<py::ssize_t>(out.shape() + 2, out.shape() + out.ndim()) == bound.row;
        if (!fits) throw py::value_error("out: expected the shape [windows, length, *row]");
        if (!out.dtype().equal(bound.out_dtype)) {
            throw py::value_error("out: expected dtype " + py::str(bound.out_dtype).cast<std::string>());
        }
        if ((out.flags() & py::array::c_style) == 0 || !out.writeable()) {
            throw py::value_error("out: must be C-contiguous and writeable");
        }
        return out.shape(1);
    }

    data::Gatherer gatherer_;
    std::map<std::string, BoundField> fields_;
};

}  // namespace

void bind_data(pybind11::module_& module) {
    py::class_<SequenceGather>(module, "SequenceGather",
                               "Gathers windows of rows out of (memory-mapped) arrays, float16 widened to float32.")
        .def(py::init<const std::map<std::string, std::vector<py::array>>&, int>(), py::arg("fields"),
             py::arg("num_threads") = 0,
             "fields: the arrays of each field, one a shard, alike but for their first axis; they are kept alive.\n"
             "num_threads: threads for large batches; 0 means one for each core.")
        .def("gather", &SequenceGather::gather, py::arg("field"), py::arg("source"), py::arg("start"),
             py::arg("valid"), py::arg("out"),
             "Window b: rows [start[b], start[b] + valid[b]) of array source[b] into out[b], zeros after them.\n\n"
             "source, start, valid: int64 [B]. out: [B, length, *row], C-contiguous. The GIL is released.\n"
             "Raises IndexError, before anything is written, when a window leaves its array.");
}

}  // namespace wm::bindings
