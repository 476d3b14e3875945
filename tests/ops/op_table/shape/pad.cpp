#include <cinta/ops/shape/pad.hpp>
#include <functional>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// Where the element at i of the padded axis comes from, of an axis of n elements; -1: from nowhere.
using Source = std::function<std::int64_t(std::int64_t, std::int64_t)>;

std::int64_t nowhere(std::int64_t i, std::int64_t n) { return i < 0 || i >= n ? -1 : i; }
std::int64_t reflected(std::int64_t i, std::int64_t n) {
  return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}
std::int64_t replicated(std::int64_t i, std::int64_t n) {
  return std::clamp<std::int64_t>(i, 0, n - 1);
}
std::int64_t wrapped(std::int64_t i, std::int64_t n) { return (i + n) % n; }

// Pads of the last two axes, none of them a crop.
check::Function padded(std::int64_t left, std::int64_t right, std::int64_t top, std::int64_t bottom,
                       const Source& source, double value = 0) {
  return [=](const Tensors& in) {
    Shape shape = in[0].shape();
    const int r = shape.rank();
    const std::int64_t rows = shape[r - 2], columns = shape[r - 1];
    shape[r - 2] += top + bottom;
    shape[r - 1] += left + right;
    return build(shape, in[0].dtype(), [&](std::int64_t flat) {
      const std::int64_t j = source(flat % shape[r - 1] - left, columns);
      const std::int64_t i = source(flat / shape[r - 1] % shape[r - 2] - top, rows);
      const std::int64_t matrix = flat / (shape[r - 1] * shape[r - 2]);
      return i < 0 || j < 0 ? value : at(in[0], (matrix * rows + i) * columns + j);
    });
  };
}

const std::vector<check::Sample> matrices = {
    {reals({3, 4})}, {reals({2, 3, 3})}, {reals({0, 3, 3})}, {integers({3, 3}, -9, 9)}};

auto with(const Shape& pads, PadMode mode) {
  return [=](const Tensors& in) { return pad(in[0], pads, {.mode = mode}); };
}

const Register here({
    {.name = "pad",
     .function =
         [](const Tensors& in) {
           return pad(in[0], {1, 2, 0, 3}, {.value = 2.5});
         },
     .reference = padded(1, 2, 0, 3, nowhere, 2.5),
     .samples = {{reals({3, 4})}, {reals({2, 1, 3})}, {reals({0, 2})}, {reals({2, 0})}},
     .errors = {{{reals({3})}, "pad: (1, 2, 0, 3) are not a pair for each of some axes of (3,)"},
                {[] { return pad(ones({3}), {1}); },
                 "pad: (1,) are not a pair for each of some axes of (3,)"},
                {[] {
                   return pad(ones({3}), {-2, -2});
                 },
                 "pad: -2 and -2 for axis 0 of (3,): more is cropped than there is"},
                {[] {
                   return pad(ones({3}), {std::int64_t(1) << 62, std::int64_t(1) << 62});
                 },
                 "pad: 4611686018427387904 and 4611686018427387904 for axis 0 of (3,): more "
                 "elements than 64 bits can count"}}},
    {.name = "pad, numbers that are whole",
     .function =
         [](const Tensors& in) {
           return pad(in[0], {1, 1}, {.value = 7});
         },
     .reference = padded(1, 1, 0, 0, nowhere, 7),
     .samples = {{integers({2, 2}, -9, 9)}}},
    {.name = "pad, crops",
     .function =
         [](const Tensors& in) {
           return pad(in[0], {-1, 2});
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(1);
           return build({in[0].size(0), n + 1}, in[0].dtype(), [&](std::int64_t i) {
             const std::int64_t j = i % (n + 1) + 1;
             return j < n ? at(in[0], i / (n + 1) * n + j) : 0;
           });
         },
     .samples = {{reals({2, 3})}, {reals({2, 1})}},
     .propagates_nan = false},
    {.name = "pad, reflect",
     .function = with({1, 2, 2, 0}, PadMode::reflect),
     .reference = padded(1, 2, 2, 0, reflected),
     .samples = matrices,
     .errors = {{{reals({3, 2})},
                 "pad: 1 and 2 for axis 1 of (3, 2): reflect needs pads smaller than the 2 "
                 "elements"},
                {[] {
                   return pad(ones({4}), {-2, 2}, {.mode = PadMode::reflect});
                 },
                 "pad: -2 and 2 for axis 0 of (4,): reflect needs pads smaller than the 2 "
                 "elements"}}},
    {.name = "pad, reflect what a crop leaves",
     .function = with({-1, 2}, PadMode::reflect),
     .reference =
         [](const Tensors& in) {
           return build({2, 5}, in[0].dtype(), [&](std::int64_t i) {
             return at(in[0], i / 5 * 4 + 1 + reflected(i % 5, 3));
           });
         },
     .samples = {{reals({2, 4})}},
     .propagates_nan = false},
    {.name = "pad, replicate",
     .function = with({1, 5, 2, 0}, PadMode::replicate),
     .reference = padded(1, 5, 2, 0, replicated),
     .samples = {{reals({3, 4})}, {reals({1, 1})}, {reals({2, 2, 3})}, {flags({2, 2})}},
     .errors = {{{reals({2, 0})}, "pad: 1 and 5 for axis 1 of (2, 0): replicate needs elements"}}},
    {.name = "pad, circular",
     .function = with({1, 3, 2, 0}, PadMode::circular),
     .reference = padded(1, 3, 2, 0, wrapped),
     .samples = matrices,
     .errors = {{{reals({2, 2})},
                 "pad: 1 and 3 for axis 1 of (2, 2): circular needs pads of at most the 2 "
                 "elements"}}},
});

}  // namespace
