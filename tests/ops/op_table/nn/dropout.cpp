#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/nn/dropout.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

constexpr double p = 0.4, alpha = -1.6732632423543772 * 1.0507009873554805;

// The word that decides about a channel or a word, drawn as random.hpp says.
std::uint32_t word_of(std::int64_t i, const kernels::RandomKey& key) {
  return kernels::random_block(key, std::uint64_t(i / 64 * 16 + i % 16))[std::size_t(i % 64 / 16)];
}

bool dropped(std::int64_t i) { return word_of(i, {7, 0}) < p * 0x1p32; }

// An element has half a word, and another one behind it that seldom matters.
bool element_dropped(std::int64_t i) {
  const std::uint32_t word = word_of(i / 128 * 64 + i % 64, {7, 0});
  const std::uint32_t half = i % 128 < 64 ? word % 65536 : word / 65536;
  return half + word_of(i, {7, ~std::uint64_t{0}}) % 65536 * 0x1p-16 < p * 65536;
}

// The same call of the generator each time, or no two runs would agree.
template <class F>
check::Function seeded(F f) {
  return [f](const Tensors& in) {
    manual_seed(7);
    return f(in);
  };
}

// Channels of `width` elements.
check::Function channels(int axes) {
  return [axes](const Tensors& in) {
    std::int64_t width = 1;
    for (int i = in[0].rank() - axes; i < in[0].rank(); ++i) width *= in[0].shape()[i];
    return build(in[0].shape(), float64,
                 [&](std::int64_t i) { return dropped(i / width) ? 0 : at(in[0], i) / (1 - p); });
  };
}

const Register here({
    {.name = "dropout",
     .function =
         [](const Tensors& in) {
           manual_seed(7);
           return dropout(in[0], p, true);
         },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return element_dropped(i) ? 0 : at(in[0], i) / (1 - p);
           });
         },
     .samples = {{reals({3, 4})}, {reals({})}, {reals({0, 2})}, {reals({300})}},
     .errors =
         {{[] { return dropout(ones({2}), 1, true); }, "dropout: p must lie in [0, 1), got 1"},
          {[] { return dropout(ones({2}), -0.5, false); },
           "dropout: p must lie in [0, 1), got -0.5"},
          {{integers({2}, 0, 1)}, "dropout: needs a floating dtype, got int64"},
          {[] { return dropout(Tensor(), p, true); }, "dropout: input 0 is an undefined tensor"}},
     .propagates_nan = false},  // a dropped NaN is gone
    {.name = "dropout1d",
     .function = seeded([](const Tensors& in) { return dropout1d(in[0], p, true); }),
     .reference = channels(1),
     .samples = {{reals({2, 5, 3})}, {reals({5, 3})}, {reals({2, 0, 3})}, {reals({3, 2, 0})}},
     .errors = {{{reals({3})},
                 "dropout1d: needs (batch, channels, length), with or without batch, got (3,)"},
                {[] {
                   return dropout1d(ones({2, 2}), 1, false);
                 },
                 "dropout1d: p must lie in [0, 1), got 1"},
                {{integers({2, 2}, 0, 1)}, "dropout1d: needs a floating dtype, got int64"}},
     .propagates_nan = false},
    {.name = "dropout2d",
     .function = seeded([](const Tensors& in) { return dropout2d(in[0], p, true); }),
     .reference = channels(2),
     .samples = {{reals({2, 3, 2, 2})}, {reals({5, 1, 3})}},
     .errors = {{{reals({3, 2})},
                 "dropout2d: needs (batch, channels, height, width), with or without batch, got "
                 "(3, 2)"},
                {[] {
                   return dropout2d(ones({2, 2, 2}), -0.1, true);
                 },
                 "dropout2d: p must lie in [0, 1), got -0.1"}},
     .propagates_nan = false},
    {.name = "dropout3d",
     .function = seeded([](const Tensors& in) { return dropout3d(in[0], p, true); }),
     .reference = channels(3),
     .samples = {{reals({2, 3, 2, 1, 2})}, {reals({5, 1, 3, 2})}},
     .errors = {{{reals({3, 2})},
                 "dropout3d: needs (batch, channels, depth, height, width), with or without batch, "
                 "got (3, 2)"},
                {[] {
                   return dropout3d(ones({2, 2, 2, 2}), 1, true);
                 },
                 "dropout3d: p must lie in [0, 1), got 1"}},
     .propagates_nan = false},
    {.name = "feature_alpha_dropout",
     .function = seeded([](const Tensors& in) { return feature_alpha_dropout(in[0], p, true); }),
     .reference =
         [](const Tensors& in) {
           const double variance = (1 - p) + p * alpha * alpha - p * alpha * p * alpha;
           const double a = 1 / std::sqrt(variance), b = -a * p * alpha;
           const Tensor& x = in[0];
           const std::int64_t sets = x.shape()[0] * x.shape()[1];
           return build(x.shape(), float64, [&](std::int64_t i) {
             const bool gone = element_dropped(i / (x.numel() / sets));
             return a * (gone ? alpha : at(x, i)) + b;
           });
         },
     .samples = {{reals({2, 3, 4})}, {reals({4, 5})}, {reals({2, 2, 2, 3})}},
     .errors = {{{reals({3})}, "feature_alpha_dropout: needs (batch, channels, ...), got (3,)"},
                {[] {
                   return feature_alpha_dropout(ones({2, 2}), -1, true);
                 },
                 "feature_alpha_dropout: p must lie in [0, 1), got -1"}},
     .propagates_nan = false},
    {.name = "alpha_dropout",
     .function = seeded([](const Tensors& in) { return alpha_dropout(in[0], p, true); }),
     .reference =
         [](const Tensors& in) {
           // Mean 0 and variance 1 of the mixture fix a and b.
           const double variance = (1 - p) + p * alpha * alpha - p * alpha * p * alpha;
           const double a = 1 / std::sqrt(variance), b = -a * p * alpha;
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return a * (element_dropped(i) ? alpha : at(in[0], i)) + b;
           });
         },
     .samples = {{reals({3, 4})}, {reals({})}, {reals({0, 2})}, {reals({300})}},
     .errors = {{[] { return alpha_dropout(ones({2}), 1, true); },
                 "alpha_dropout: p must lie in [0, 1), got 1"},
                {{integers({2}, 0, 1)}, "alpha_dropout: needs a floating dtype, got int64"}},
     .propagates_nan = false},
    {.name = "embedding_dropout",
     .function = seeded([](const Tensors& in) { return embedding_dropout(in[0], in[1], p, true); }),
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].shape().back();
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return dropped(std::int64_t(at(in[1], i / width))) ? 0 : at(in[0], i) / (1 - p);
           });
         },
     .samples = {{reals({2, 4, 3}), integers({2, 4}, 0, 5)},
                 {reals({2}), integers({}, 0, 100)},
                 {reals({0, 3}), integers({0}, 0, 1)},
                 {reals({70, 1}), integers({70}, 0, 1000000)}},
     .errors = {{{reals({2, 3}), integers({3}, 0, 1)},
                 "embedding_dropout: needs x of the ids' shape and one axis more, got (2, 3) for "
                 "ids (3,)"},
                {{reals({}), integers({}, 0, 1)},
                 "embedding_dropout: needs x of the ids' shape and one axis more, got () for ids "
                 "()"},
                {{reals({2, 3}), reals({2})}, "embedding_dropout: ids must be int64, got float64"},
                {[] {
                   return embedding_dropout(ones({1, 2}), zeros({1}, int64), 1, false);
                 },
                 "embedding_dropout: p must lie in [0, 1), got 1"}},
     .propagates_nan = false},
    {.name = "dropout in evaluation",
     .function = [](const Tensors& in) { return dropout(in[0], p, false) + 0; },
     .reference = each([](double x) { return x; }),
     .samples = {{reals({3, 4})}}},
});

}  // namespace
