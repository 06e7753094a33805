#include "paint_row_shrink.h"

#include "paint_shrink_rule.h"

namespace wm::racing {
namespace {

constexpr ShrinkRule<96> kRuleY = shrink_rule<kWindowH, 96>();

}  // namespace

void RowShrink::start(std::uint8_t* out) {
    out_ = out;
    row_ = 0;
    out_row_ = 0;
    shrunk_.fill(0);
    sums_.fill(0);
}

void RowShrink::add(const std::uint32_t* above, const std::uint32_t* row) {
    kernels_->shrink_row(above, row, shrunk_);
    if (out_row_ < kRuleY.steps.size() && row_ == kRuleY.steps[out_row_].last) {
        end_output_row();
    } else {
        kernels_->add_row(shrunk_, sums_);
    }
    ++row_;
}

// The row is shared: it ends this output row and begins the next.
void RowShrink::end_output_row() {
    const std::uint16_t last_part = kRuleY.steps[out_row_++].last_part;
    const std::uint16_t first_part = out_row_ < kRuleY.steps.size() ? kRuleY.steps[out_row_].first_part : std::uint16_t{0};
    kernels_->end_row(shrunk_, {last_part, first_part, static_cast<std::uint16_t>(kRuleY.reciprocal)}, sums_, out_);
    out_ += kRowSums;
}

}  // namespace wm::racing
