// Rows are independent to the bit at every instruction set; values agree with double arithmetic; noise is what it was.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "numbers.h"
#include "wm/dream/lane_noise.h"
#include "wm/dream/mixture.h"
#include "wm/dream/row_network.h"

namespace {

using namespace wm::dream;

constexpr int kFed = 13, kUnits = 37, kOutputs = 70;  // nothing falls on whole vectors

struct Weights {
    std::vector<float> ih, hh, bias_ih, bias_hh;
    int gates;

    explicit Weights(int count)
        : ih(numbers(static_cast<std::size_t>(count * kUnits * kFed), 0.4f)),
          hh(numbers(static_cast<std::size_t>(count * kUnits * kUnits), 0.3f)),
          bias_ih(numbers(static_cast<std::size_t>(count * kUnits))),
          bias_hh(numbers(static_cast<std::size_t>(count * kUnits))),
          gates(count) {}
    Matrix fed() const { return {ih.data(), bias_ih.data(), gates * kUnits, kFed}; }
    Matrix kept() const { return {hh.data(), bias_hh.data(), gates * kUnits, kUnits}; }
};

double affine(const Matrix& m, const float* x, int row) {
    double sum = m.bias == nullptr ? 0.0 : static_cast<double>(m.bias[row]);
    for (int k = 0; k < m.inputs; ++k) sum += static_cast<double>(m.weight[row * m.inputs + k]) * static_cast<double>(x[k]);
    return sum;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double gru_unit(const Weights& w, const float* x, const float* h, int i) {
    const auto gate = [&](int g) { return affine(w.fed(), x, g * kUnits + i); };
    const auto kept = [&](int g) { return affine(w.kept(), h, g * kUnits + i); };
    const double reset = sigmoid(gate(0) + kept(0)), update = sigmoid(gate(1) + kept(1));
    const double fresh = std::tanh(gate(2) + reset * kept(2));
    return (1.0 - update) * fresh + update * static_cast<double>(h[i]);
}

double lstm_cell(const Weights& w, const float* x, const float* h, const float* c, int i, double* hidden) {
    const auto gate = [&](int g) { return affine(w.fed(), x, g * kUnits + i) + affine(w.kept(), h, g * kUnits + i); };
    const double cell = sigmoid(gate(1)) * static_cast<double>(c[i]) + sigmoid(gate(0)) * std::tanh(gate(2));
    *hidden = sigmoid(gate(3)) * std::tanh(cell);
    return cell;
}

// Inputs x, h, c; outputs a GRU's h, an LSTM's h and c, and an ELU layer of both.
void build(RowNetwork& net, const Weights& gru, const Weights& lstm, const Matrix& last) {
    const int x = net.input(kFed), h = net.input(kUnits), c = net.input(kUnits);
    const int from[] = {x};
    const int one = net.gru(from, h, gru.fed(), gru.kept());
    const auto [two, cell] = net.lstm(from, h, c, lstm.fed(), lstm.kept());
    const int both[] = {one, two};
    const int top = net.dense(both, last, Activation::elu);
    for (const int value : {one, two, cell, top}) net.output(value);
}

struct Result {
    std::vector<float> gru, lstm, cell, top;
};

Result run(const RowNetwork& net, std::size_t rows, const float* x, const float* h, const float* c) {
    Result r{std::vector<float>(rows * kUnits), std::vector<float>(rows * kUnits), std::vector<float>(rows * kUnits),
             std::vector<float>(rows * kOutputs)};
    const float* in[] = {x, h, c};
    float* out[] = {r.gru.data(), r.lstm.data(), r.cell.data(), r.top.data()};
    net.run(rows, in, out);
    return r;
}

bool same(const float* a, const float* b, std::size_t count) { return std::memcmp(a, b, count * sizeof(float)) == 0; }

void near(double value, double expected) { CHECK(std::abs(value - expected) < 3e-6 * (1.0 + std::abs(expected))); }

void check_level(int level) {
    state = 1;
    const Weights gru(3), lstm(4);
    const auto weight = numbers(kOutputs * 2 * kUnits), bias = numbers(kOutputs);
    const Matrix last{weight.data(), bias.data(), kOutputs, 2 * kUnits};
    RowNetwork net(level);
    build(net, gru, lstm, last);
    constexpr std::size_t kRows = 211;  // more than two blocks, and a remainder of every tile
    const auto x = numbers(kRows * kFed), h = numbers(kRows * kUnits), c = numbers(kRows * kUnits, 2.0f);
    const Result all = run(net, kRows, x.data(), h.data(), c.data());
    for (const std::size_t batch : {1U, 2U, 3U, 7U, 12U, 95U, 97U}) {
        for (std::size_t at = 0; at + batch <= kRows; at += batch) {
            const Result part = run(net, batch, &x[at * kFed], &h[at * kUnits], &c[at * kUnits]);
            CHECK(same(part.gru.data(), &all.gru[at * kUnits], batch * kUnits));
            CHECK(same(part.lstm.data(), &all.lstm[at * kUnits], batch * kUnits));
            CHECK(same(part.cell.data(), &all.cell[at * kUnits], batch * kUnits));
            CHECK(same(part.top.data(), &all.top[at * kOutputs], batch * kOutputs));
        }
    }
    for (std::size_t r = 0; r < kRows; r += 17) {
        std::vector<float> both;
        for (int i = 0; i < kUnits; ++i) {
            const auto u = static_cast<std::size_t>(i);
            near(all.gru[r * kUnits + u], gru_unit(gru, &x[r * kFed], &h[r * kUnits], i));
            double hidden = 0;
            near(all.cell[r * kUnits + u], lstm_cell(lstm, &x[r * kFed], &h[r * kUnits], &c[r * kUnits], i, &hidden));
            near(all.lstm[r * kUnits + u], hidden);
        }
        both.assign(&all.gru[r * kUnits], &all.gru[r * kUnits] + kUnits);
        both.insert(both.end(), &all.lstm[r * kUnits], &all.lstm[r * kUnits] + kUnits);
        for (int i = 0; i < kOutputs; ++i) {
            const double sum = affine(last, both.data(), i);
            near(all.top[r * kOutputs + static_cast<std::size_t>(i)], sum > 0 ? sum : std::expm1(sum));
        }
    }
}

void check_nan(int level) {  // stays in its row, and gets through every function
    const auto weight = numbers(5 * 3), bias = numbers(5);
    for (const Activation activation : {Activation::identity, Activation::relu, Activation::elu, Activation::tanh, Activation::sigmoid}) {
        RowNetwork net(level);
        const int from[] = {net.input(3)};
        net.output(net.dense(from, {weight.data(), bias.data(), 5, 3}, activation));
        std::vector<float> x(3 * 3, 0.5f), y(5 * 3);
        x[4] = NAN;
        const float* in[] = {x.data()};
        float* out[] = {y.data()};
        net.run(3, in, out);
        for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i / 5 == 1));
    }
}

double clamped(const Mixture& m, double s) {
    const auto softplus = [](double v) { return std::log1p(std::exp(-std::abs(v))) + std::max(v, 0.0); };
    const double hi = static_cast<double>(m.log_std_max), lo = static_cast<double>(m.log_std_min);
    return lo + softplus(hi - softplus(hi - s) - lo);
}

void check_mixture(int level) {
    constexpr int kDims = 11, kComponents = 5, kCount = kDims * kComponents;
    constexpr std::size_t kRows = 40;
    const auto outputs = numbers(kRows * kCount * 3, 3.0f), base = numbers(kRows * kDims), noise = numbers(kRows * kDims, 2.0f);
    auto uniform = numbers(kRows * kCount);
    for (float& u : uniform) u = 0.5f + 0.4999f * u;
    const Mixture m{kDims, kComponents, -4.0f, 1.5f, 0.7f};
    std::vector<float> latent(kRows * kDims), spread(kRows), one(kDims), width(1);
    sample(m, {kRows, outputs.data(), base.data(), noise.data(), uniform.data()}, latent.data(), spread.data(), level);
    int wrong = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
        const float* o = &outputs[r * kCount * 3];
        sample(m, {1, o, &base[r * kDims], &noise[r * kDims], &uniform[r * kCount]}, one.data(), width.data(), level);
        CHECK(same(one.data(), &latent[r * kDims], kDims) && same(width.data(), &spread[r], 1));
        double sum = 0;
        for (int z = 0; z < kDims; ++z) {
            int best = 0;
            double most = -1e300, total = 0, middle = 0, square = 0;
            for (int i = z * kComponents; i < (z + 1) * kComponents; ++i) {
                const double u = static_cast<double>(uniform[r * kCount + static_cast<std::size_t>(i)]);
                const double key = static_cast<double>(o[2 * kCount + i]) / 0.7 - std::log(-std::log(u));
                if (key > most) most = key, best = i;
                const double weight = std::exp(static_cast<double>(o[2 * kCount + i])), mean = static_cast<double>(o[i]);
                const double std = std::exp(clamped(m, static_cast<double>(o[kCount + i])));
                total += weight, middle += weight * mean, square += weight * (std * std + mean * mean);
            }
            const std::size_t at = r * kDims + static_cast<std::size_t>(z);
            const double std = std::exp(clamped(m, static_cast<double>(o[kCount + best])));
            const double expected = static_cast<double>(o[best]) + static_cast<double>(base[at]) + std * static_cast<double>(noise[at]) * std::sqrt(0.7);
            wrong += std::abs(expected - static_cast<double>(latent[at])) > 1e-5 * (1 + std::abs(expected));
            sum += std::sqrt(square / total - middle * middle / total / total);
        }
        near(spread[r], sum / kDims);
    }
    CHECK(wrong == 0);  // a tie within rounding would be one; these numbers have none
}

void check_noise() {  // against the same formula in double, as libm has it
    const std::vector<std::uint64_t> keys{3, 0x123456789abcdef0, 77};
    std::vector<std::uint64_t> counts{0, 5, 9}, again = counts;
    const std::int64_t lanes[] = {2, 0};
    constexpr std::size_t kColumns = 1003;
    std::vector<float> all(3 * kColumns), some(3 * kColumns);
    draw_normal({keys, counts, nullptr, 3}, 3, kColumns, all.data());
    CHECK(counts[0] == 1 && counts[1] == 6 && counts[2] == 10);
    draw_normal({keys, again, lanes, 2}, 3, kColumns, some.data());
    CHECK(again[0] == 1 && again[1] == 5 && again[2] == 10);
    CHECK(same(some.data(), &all[2 * kColumns], kColumns) && same(&some[kColumns], all.data(), kColumns));
    const auto mix = [](std::uint64_t v) {
        v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9;
        v = (v ^ (v >> 27)) * 0x94D049BB133111EB;
        return v ^ (v >> 31);
    };
    const std::uint64_t start = mix(keys[1] + 5 * 0x9E3779B97F4A7C15ULL);
    for (std::size_t j = 0; j < kColumns; ++j) {
        const std::uint64_t bits = mix(start + (j + 1) * 0xD1B54A32D192ED03ULL);
        const double radius = std::sqrt(-2.0 * std::log((static_cast<double>(bits >> 32) + 0.5) * 0x1p-32));
        const double expected = radius * std::cos(2.0 * 3.14159265358979323846 * static_cast<double>(bits & 0xffffffff) * 0x1p-32);
        CHECK(std::abs(static_cast<double>(all[kColumns + j]) - expected) < 1e-6);
    }
}

}  // namespace

int main() {
    int levels = 0;
    for (int level = 0; level < 3; ++level) {
        try {
            const RowNetwork probe(level);
        } catch (const std::invalid_argument&) {
            break;
        }
        ++levels;
        check_level(level);
        check_nan(level);
        check_mixture(level);
    }
    CHECK(levels > 0);
    check_noise();
    return wm::test::report();
}
