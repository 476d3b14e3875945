// x(...): elements and parts by indices.

#include <cinta/ops/creation.hpp>
#include <cinta/ops/index/subscript.hpp>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// The elements of in[0] that stand at these places, counted in row-major order.
check::Function places(const Shape& shape, std::vector<std::int64_t> places) {
  return [=](const Tensors& in) {
    return build(shape, in[0].dtype(),
                 [&](std::int64_t i) { return at(in[0], places[std::size_t(i)]); });
  };
}

// A matrix (2, 3) or (3, 4) is numbered 0 1 2 / 3 4 5 or 0 1 2 3 / 4 5 6 7 / 8 9 10 11.
const Register here({
    {.name = "index, an element",
     .function = [](const Tensors& in) { return in[0](1, -1); },
     .reference = places({}, {5}),
     .samples = {{reals({2, 3})}, {integers({2, 3}, -9, 9)}},
     .errors = {{{reals({2})}, "index: 2 indices for (2,), which has 1 axes"},
                {{reals({1, 3})}, "index: 1 is out of range for axis 0 of (1, 3)"},
                {[] {
                   return ones({2, 3})(0, 3);
                 },
                 "index: 3 is out of range for axis 1 of (2, 3)"},
                {[] {
                   return ones({2, 3})(0, -4);
                 },
                 "index: -4 is out of range for axis 1 of (2, 3)"},
                {[] {
                   return ones({2, 3})(Ellipsis, 5);
                 },
                 "index: 5 is out of range for axis 1 of (2, 3)"},
                {[] { return Tensor()(0); }, "index: input 0 is an undefined tensor"}},
     .propagates_nan = false},
    {.name = "index, a row",
     .function = [](const Tensors& in) { return in[0](-1); },
     .reference = places({3}, {3, 4, 5}),
     .samples = {{reals({2, 3})}},
     .propagates_nan = false},
    {.name = "index, a column",
     .function = [](const Tensors& in) { return in[0](All, 1); },
     .reference = places({2}, {1, 4}),
     .samples = {{reals({2, 3})}},
     .propagates_nan = false},
    {.name = "index, slices",
     .function = [](const Tensors& in) { return in[0](Slice(1), Slice(0, end_of_axis, 2)); },
     .reference = places({2, 2}, {4, 6, 8, 10}),
     .samples = {{reals({3, 4})}},
     .errors = {{[] { return ones({2})(Slice(0, 2, 0)); },
                 "index: the step of a slice must not be 0"}},
     .propagates_nan = false},
    {.name = "index, slices from the end and outside",
     .function = [](const Tensors& in) { return in[0](Slice(-9, -1), Slice(-2, 99)); },
     .reference = places({2, 2}, {2, 3, 6, 7}),
     .samples = {{reals({3, 4})}},
     .propagates_nan = false},
    {.name = "index, an empty slice",
     .function = [](const Tensors& in) { return in[0](Slice(2, 1)); },
     .reference = places({0, 4}, {}),
     .samples = {{reals({3, 4})}},
     .propagates_nan = false},
    {.name = "index, Ellipsis",
     .function = [](const Tensors& in) { return in[0](Ellipsis, 0); },
     .reference =
         [](const Tensors& in) {
           const Tensor& x = in[0];
           const std::int64_t width = x.size(-1);
           Shape shape = Shape::filled(x.rank() - 1);
           for (int i = 0; i < shape.rank(); ++i) shape[i] = x.shape()[i];
           return build(shape, x.dtype(), [&](std::int64_t i) { return at(x, i * width); });
         },
     .samples = {{reals({3})}, {reals({2, 3})}, {reals({2, 2, 3})}, {reals({0, 3})}},
     .errors = {{[] {
                   return ones({2, 3})(Ellipsis, Ellipsis);
                 },
                 "index: only one Ellipsis may be given"}},
     .propagates_nan = false},
    {.name = "index, NewAxis",
     .function = [](const Tensors& in) { return in[0](NewAxis, 1, NewAxis, Ellipsis, NewAxis); },
     .reference = places({1, 1, 3, 1}, {3, 4, 5}),
     .samples = {{reals({2, 3})}},
     .propagates_nan = false},
    {.name = "index, everything",
     .function = [](const Tensors& in) { return in[0](All); },
     .reference = places({2, 3}, {0, 1, 2, 3, 4, 5}),
     .samples = {{reals({2, 3})}}},
    {.name = "index, ids",
     .function = [](const Tensors& in) { return in[0](in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].size(1);
           Shape shape = Shape::filled(in[1].rank() + 1, width);
           for (int i = 0; i < in[1].rank(); ++i) shape[i] = in[1].shape()[i];
           return build(shape, in[0].dtype(), [&](std::int64_t i) {
             return at(in[0], std::int64_t(at(in[1], i / width)) * width + i % width);
           });
         },
     .samples = {{reals({4, 3}), integers({5}, 0, 3)},
                 {reals({4, 3}), integers({2, 2}, 0, 3)},
                 {reals({4, 3}), integers({}, 0, 3)},
                 {reals({4, 3}), integers({0}, 0, 3)}},
     .errors = {{[] {
                   return ones({4, 3})(zeros({2}, boolean));
                 },
                 "index: a mask of (2,) does not fit the axes from 0 on of (4, 3)"},
                {[] {
                   return ones({4, 3})(full({1}, 4, int64));
                 },
                 "index: index 4 at position (0,) is out of range for axis 0 of (4, 3)"},
                {[] {
                   return ones({4, 3})(zeros({2}, int64), zeros({3}, int64));
                 },
                 "index: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"},
                {[] {
                   return ones({4, 3, 2})(zeros({2}, int64), All, zeros({2}, int64));
                 },
                 "index: tensors of ids must stand side by side; permute() the axes of x first"},
                {[] {
                   return ones({4, 3})(zeros({}, boolean));
                 },
                 "index: a mask of () does not fit the axes from 0 on of (4, 3)"},
                {[] {
                   return ones({4, 3})(Tensor());
                 },
                 "index: input 0 is an undefined tensor"}},
     .propagates_nan = false},
    {.name = "index, ids between others",
     .function = [](const Tensors& in) { return in[0](Slice(1), in[1], 0); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[1].numel();
           return build({in[0].size(0) - 1, n}, in[0].dtype(), [&](std::int64_t i) {
             const std::int64_t id = std::int64_t(at(in[1], i % n));
             return at(in[0], ((1 + i / n) * in[0].size(1) + id) * in[0].size(2));
           });
         },
     .samples = {{reals({3, 4, 2}), integers({3}, 0, 3)}},
     .propagates_nan = false},
    {.name = "index, a slice backwards",
     .function = [](const Tensors& in) { return in[0](Slice(-1, end_of_axis, -2), All); },
     .reference = places({2, 2}, {4, 5, 0, 1}),
     .samples = {{reals({3, 2})}},
     .propagates_nan = false},
    {.name = "index, pairs of ids",
     .function = [](const Tensors& in) { return in[0](Slice(1), in[1], in[2]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[1].numel(), m = in[2].numel(), b = in[0].size(1);
           return build({in[0].size(0) - 1, n, m}, in[0].dtype(), [&](std::int64_t i) {
             const auto row = std::int64_t(at(in[1], i / m % n));
             const auto column = std::int64_t(at(in[2], i % m));
             return at(in[0], ((1 + i / (n * m)) * b + row) * in[0].size(2) + column);
           });
         },
     .samples = {{reals({3, 4, 2}), integers({3, 1}, 0, 3), integers({2}, 0, 1)},
                 {reals({2, 4, 2}), integers({0, 1}, 0, 3), integers({2}, 0, 1)}},
     .errors = {{{reals({3, 4, 2}), integers({2}, 0, 3), integers({2}, {0, 2})},
                 "index: index 2 at position (1,) is out of range for axis 2 of (3, 4, 2)"}},
     .propagates_nan = false},
    {.name = "index, a mask of elements",
     .function = [](const Tensors& in) { return in[0](in[1]); },
     .reference = places({3}, {0, 4, 5}),
     .samples = {{reals({2, 3}),
                  check::Input{{2, 3}, boolean, 0, 1, {}, 0, false, false, {1, 0, 0, 0, 1, 1}}}},
     .propagates_nan = false,
     .strided = false},
    {.name = "index, a mask of rows and an integer",
     .function = [](const Tensors& in) { return in[0](in[1], 1); },
     .reference = places({2}, {1, 5}),
     .samples = {{reals({3, 2}), check::Input{{3}, boolean, 0, 1, {}, 0, false, false, {1, 0, 1}}}},
     .propagates_nan = false,
     .strided = false},
});

}  // namespace
