#include "packed.h"

namespace wm::dream {

Packed::Packed(std::initializer_list<Matrix> matrices, std::size_t first, std::size_t gates, std::size_t size,
               std::size_t panel) {
    for (const Matrix& matrix : matrices) inputs_ += static_cast<std::size_t>(matrix.inputs);
    const std::size_t padded = round_up(size, panel);
    bias_.assign(gates * padded, 0.0f);
    weight_.assign(gates * padded * inputs_, 0.0f);
    std::size_t before = 0;  // inputs of earlier matrices
    for (const Matrix& matrix : matrices) {
        const auto inputs = static_cast<std::size_t>(matrix.inputs);
        for (std::size_t j = 0; j < gates * size; ++j) {
            const std::size_t column = j / size * padded + j % size;
            const std::size_t row = first * size + j;  // of the matrix
            if (matrix.bias != nullptr) bias_[column] += matrix.bias[row];
            float* to = weight_.data() + column / panel * panel * inputs_ + column % panel;
            for (std::size_t k = 0; k < inputs; ++k) to[(before + k) * panel] = matrix.weight[row * inputs + k];
        }
        before += inputs;
    }
}

}  // namespace wm::dream
