#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// Shapes are parts of these operations, so most rows are about one shape.
const Register reshapes({
    {.name = "reshape",
     .function =
         [](const Tensors& in) {
           return reshape(in[0], {4, 3});
         },
     .reference = same_order({4, 3}),
     .samples = {{reals({2, 6})}, {reals({12})}, {reals({3, 1, 4})}, {reals({1, 2, 2, 3})}},
     .errors = {{{reals({2, 3})}, "reshape: (2, 3) to (4, 3): 6 elements are not 12"},
                {[] {
                   return reshape(ones({2, 3}), {-1, 4});
                 },
                 "reshape: (2, 3) to (-1, 4): 6 elements do not divide by 4"},
                {[] {
                   return reshape(ones({2, 3}), {-1, -1});
                 },
                 "reshape: (2, 3) to (-1, -1): only one size may be -1"},
                {[] {
                   return reshape(ones({4}), {-2, -2});
                 },
                 "reshape: (4,) to (-2, -2): negative size"},
                {[] {
                   return reshape(ones({0}), {0, -1});
                 },
                 "reshape: (0,) to (0, -1): 0 elements do not divide by 0"},
                {[] { return reshape(Tensor(), {1}); },
                 "reshape: input 0 is an undefined tensor"}}},
    {.name = "reshape int64",
     .function =
         [](const Tensors& in) {
           return reshape(in[0], {2, -1});
         },
     .reference = same_order({2, 3}),
     .samples = {{integers({6}, -9, 9)}, {integers({3, 2}, -9, 9)}, {flags({3, 2})}}},
    {.name = "reshape to a scalar",
     .function = [](const Tensors& in) { return reshape(in[0], {}); },
     .reference = same_order({}),
     .samples = {{reals({1, 1})}, {reals({})}}},
    {.name = "reshape of nothing",
     .function =
         [](const Tensors& in) {
           return reshape(in[0], {-1, 3});
         },
     .reference = same_order({0, 3}),
     .samples = {{reals({0})}, {reals({0, 3})}, {reals({2, 0, 5})}}},
    {.name = "flatten",
     .function = [](const Tensors& in) { return flatten(in[0]); },
     .reference = [](const Tensors& in) { return same_order({in[0].numel()})(in); },
     .samples = {{reals({2, 3})}, {reals({})}, {reals({2, 1, 3})}, {reals({2, 0})}, {reals({4})}},
     .errors = {{[] {
                   return flatten(ones({2, 3}), 2);
                 },
                 "flatten: axis 2 is out of range for (2, 3), which has 2 axes"},
                {[] {
                   return flatten(ones({2, 3}), 0, -3);
                 },
                 "flatten: axis -3 is out of range for (2, 3), which has 2 axes"},
                {[] {
                   return flatten(ones({2, 3}), 1, 0);
                 },
                 "flatten: start axis 1 lies behind end axis 0"}}},
    {.name = "flatten inner axes",
     .function = [](const Tensors& in) { return flatten(in[0], 1, -2); },
     .reference = same_order({2, 6, 2}),
     .samples = {{reals({2, 3, 2, 2})}, {reals({2, 6, 2})}}},
    {.name = "unsqueeze",
     .function = [](const Tensors& in) { return unsqueeze(in[0], 1); },
     .reference = same_order({3, 1, 2}),
     .samples = {{reals({3, 2})}, {integers({3, 2}, -9, 9)}},
     .errors = {{[] { return unsqueeze(ones({2}), 2); },
                 "unsqueeze: axis 2 is out of range for (2,), which gets 2 axes"},
                {[] { return unsqueeze(Tensor(), 0); },
                 "unsqueeze: input 0 is an undefined tensor"}}},
    {.name = "unsqueeze at the end",
     .function = [](const Tensors& in) { return unsqueeze(in[0], -1); },
     .reference =
         [](const Tensors& in) {
           Shape shape = Shape::filled(in[0].rank() + 1, 1);
           for (int i = 0; i < in[0].rank(); ++i) shape[i] = in[0].shape()[i];
           return same_order(shape)(in);
         },
     .samples = {{reals({})}, {reals({3})}, {reals({0, 2})}}},
    {.name = "squeeze",
     .function = [](const Tensors& in) { return squeeze(in[0], -2); },
     .reference = same_order({3, 2}),
     .samples = {{reals({3, 1, 2})}, {flags({3, 1, 2})}},
     .errors = {{{reals({3, 2})}, "squeeze: axis 0 of (3, 2) has size 3, not 1"},
                {[] { return squeeze(ones({2}), 1); },
                 "squeeze: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "squeeze, several axes",
     .function =
         [](const Tensors& in) {
           return squeeze(in[0], {0, -1});
         },
     .reference = same_order({3, 1, 2}),
     .samples = {{reals({1, 3, 1, 2, 1})}, {integers({1, 3, 1, 2, 1}, -9, 9)}},
     .errors = {{{reals({1, 3})}, "squeeze: axis 1 of (1, 3) has size 3, not 1"},
                {{reals({1})}, "squeeze: axis -1 is named twice in (0, -1)"}}},
    {.name = "squeeze, all axes of size 1",
     .function = [](const Tensors& in) { return squeeze(in[0]); },
     .reference = same_order({3, 2}),
     .samples = {{reals({1, 3, 1, 2, 1})}, {reals({3, 2})}}},
    {.name = "unsqueeze, several axes",
     .function =
         [](const Tensors& in) {
           return unsqueeze(in[0], {0, -1, 2});
         },
     .reference = same_order({1, 3, 1, 2, 1}),
     .samples = {{reals({3, 2})}, {flags({3, 2})}},
     .errors = {{[] {
                   return unsqueeze(ones({3}), {0, 0});
                 },
                 "unsqueeze: axis 0 is named twice in (0, 0)"},
                {[] {
                   return unsqueeze(ones({3}), {0, 3});
                 },
                 "unsqueeze: axis 3 is out of range for (3,), which gets 3 axes"},
                {[] { return unsqueeze(ones({3}), Axes()); }, "unsqueeze: needs the axes to add"}}},
});

const Register permutations({
    {.name = "transpose",
     .function = [](const Tensors& in) { return transpose(in[0]); },
     .reference =
         [](const Tensors& in) {
           Shape shape = in[0].shape();
           const int r = shape.rank();
           std::swap(shape[r - 2], shape[r - 1]);
           return moved(in[0], shape, [](Coordinates i) {
             std::swap(i[i.size() - 2], i[i.size() - 1]);
             return i;
           });
         },
     .samples = {{reals({2, 3})}, {reals({2, 3, 2})}, {reals({0, 3})}, {integers({2, 3}, 0, 9)}},
     .errors = {{{reals({3})}, "transpose: axis -2 is out of range for (3,), which has 1 axes"},
                {[] {
                   return transpose(ones({2, 2}), 0, 2);
                 },
                 "transpose: axis 2 is out of range for (2, 2), which has 2 axes"}}},
    {.name = "transpose axes",
     .function = [](const Tensors& in) { return transpose(in[0], 0, -1); },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           return moved(in[0], {s[2], s[1], s[0]}, [](const Coordinates& i) {
             return Coordinates{i[2], i[1], i[0]};
           });
         },
     .samples = {{reals({2, 3, 4})}, {reals({2, 1, 2})}}},
    {.name = "permute",
     .function =
         [](const Tensors& in) {
           return permute(in[0], {2, 0, -2});
         },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           return moved(in[0], {s[2], s[0], s[1]}, [](const Coordinates& i) {
             return Coordinates{i[1], i[2], i[0]};
           });
         },
     .samples = {{reals({2, 3, 4})}, {reals({2, 0, 3})}, {flags({2, 3, 2})}},
     .errors = {{{reals({2, 3})}, "permute: axes (2, 0, -2) do not name each axis of (2, 3) once"},
                {[] {
                   return permute(ones({2, 3}), {1, -1});
                 },
                 "permute: axes (1, -1) do not name each axis of (2, 3) once"},
                {[] {
                   return permute(ones({2, 3}), {0, 2});
                 },
                 "permute: axis 2 is out of range for (2, 3), which has 2 axes"}}},
    {.name = "permute of no axes",
     .function = [](const Tensors& in) { return permute(in[0], {}); },
     .reference = same_order({}),
     .samples = {{reals({})}}},
    {.name = "broadcast_to",
     .function =
         [](const Tensors& in) {
           return broadcast_to(in[0], {2, 3, 4});
         },
     .reference =
         [](const Tensors& in) {
           const Shape to = {2, 3, 4};
           return build(to, in[0].dtype(),
                        [&](std::int64_t i) { return at(in[0], source_of(i, to, in[0].shape())); });
         },
     .samples = {{reals({3, 1})}, {reals({})}, {reals({4})}, {reals({2, 3, 4})}, {flags({1, 4})}},
     .errors = {{{reals({3})}, "broadcast_to: (3,) does not broadcast to (2, 3, 4)"},
                {{reals({1, 2, 3, 4})},
                 "broadcast_to: (1, 2, 3, 4) does not broadcast to (2, 3, 4)"}}},
    {.name = "broadcast_to nothing",
     .function =
         [](const Tensors& in) {
           return broadcast_to(in[0], {0, 3});
         },
     .reference =
         [](const Tensors& in) {
           return build({0, 3}, in[0].dtype(), [](auto) { return 0; });
         },
     .samples = {{reals({1, 3})}, {reals({})}}},
});

const Register parts({
    {.name = "slice",
     .function = [](const Tensors& in) { return slice(in[0], 0, 1, 6, 2); },
     .reference =
         [](const Tensors& in) {
           Shape shape = in[0].shape();
           shape[0] = 3;
           return moved(in[0], shape, [](Coordinates i) {
             i[0] = 1 + 2 * i[0];
             return i;
           });
         },
     .samples = {{reals({7})}, {reals({6, 2})}, {reals({6, 0})}, {integers({7, 2}, -9, 9)}},
     .errors = {{{reals({})}, "slice: axis 0 is out of range for (), which has 0 axes"},
                {[] { return slice(ones({2}), 0, 0, 2, 0); }, "slice: step must not be 0"}},
     .propagates_nan = false},
    {.name = "slice from the end",
     .function = [](const Tensors& in) { return slice(in[0], -1, -3); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {2, 3}, [](Coordinates i) {
             i[1] += 2;
             return i;
           });
         },
     .samples = {{reals({2, 5})}},
     .propagates_nan = false},
    {.name = "slice beyond the bounds",
     .function = [](const Tensors& in) { return slice(in[0], 0, -100, 100); },
     .reference = [](const Tensors& in) { return same_order(in[0].shape())(in); },
     .samples = {{reals({3, 2})}, {reals({0})}}},
    {.name = "slice, backwards",
     .function = [](const Tensors& in) { return slice(in[0], 1, -1, end_of_axis, -2); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {2, 3}, [](Coordinates i) {
             i[1] = 4 - 2 * i[1];
             return i;
           });
         },
     .samples = {{reals({2, 5})}, {integers({2, 5}, -9, 9)}, {flags({2, 5})}},
     .propagates_nan = false},
    {.name = "slice, backwards between bounds",
     .function = [](const Tensors& in) { return slice(in[0], 0, 100, 0, -1); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {in[0].size(0) - 1}, [&](Coordinates i) {
             i[0] = in[0].size(0) - 1 - i[0];
             return i;
           });
         },
     .samples = {{reals({5})}, {reals({1})}},
     .propagates_nan = false},
    {.name = "slice, one step back",
     .function =
         [](const Tensors& in) {
           return slice(in[0], 0, -1, end_of_axis, std::numeric_limits<std::int64_t>::min());
         },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {1}, [](const Coordinates&) { return Coordinates{3}; });
         },
     .samples = {{reals({4})}},
     .propagates_nan = false},
    {.name = "narrow",
     .function = [](const Tensors& in) { return narrow(in[0], -1, -3, 2); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {2, 2}, [](Coordinates i) {
             i[1] += 2;
             return i;
           });
         },
     .samples = {{reals({2, 5})}, {integers({2, 5}, -9, 9)}},
     .errors = {{{reals({2, 1})},
                 "narrow: 2 elements from -3 on do not lie within axis 1 of (2, 1)"},
                {[] { return narrow(ones({4}), 0, 2, 3); },
                 "narrow: 3 elements from 2 on do not lie within axis 0 of (4,)"},
                {[] { return narrow(ones({4}), 0, 2, -1); },
                 "narrow: -1 elements from 2 on do not lie within axis 0 of (4,)"}},
     .propagates_nan = false},
    {.name = "narrow to nothing",
     .function = [](const Tensors& in) { return narrow(in[0], 0, in[0].size(0), 0); },
     .reference =
         [](const Tensors& in) { return build({0}, in[0].dtype(), [](auto) { return 0; }); },
     .samples = {{reals({3})}, {reals({0})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "unfold",
     .function = [](const Tensors& in) { return unfold(in[0], 1, 3, 2); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t count = (in[0].size(1) - 3) / 2 + 1;
           return moved(in[0], {in[0].size(0), count, in[0].size(2), 3}, [](const Coordinates& i) {
             return Coordinates{i[0], 2 * i[1] + i[3], i[2]};
           });
         },
     .samples =
         {{reals({2, 7, 2})}, {reals({1, 3, 2})}, {reals({0, 4, 1})}, {integers({2, 8, 1}, -9, 9)}},
     .errors = {{{reals({1, 2, 1})}, "unfold: axis 1 of (1, 2, 1) is shorter than a window of 3"},
                {[] { return unfold(ones({4}), 0, -1, 1); },
                 "unfold: windows of -1 elements every 1 do not exist"},
                {[] { return unfold(ones({4}), 0, 2, 0); },
                 "unfold: windows of 2 elements every 0 do not exist"}},
     .propagates_nan = false},
    {.name = "slice of nothing",
     .function = [](const Tensors& in) { return slice(in[0], 0, 3, 1); },
     .reference =
         [](const Tensors& in) { return build({0}, in[0].dtype(), [](auto) { return 0; }); },
     .samples = {{reals({5})}},
     .propagates_nan = false},
    {.name = "select",
     .function = [](const Tensors& in) { return select(in[0], 1, -1); },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           return moved(in[0], {s[0], s[2]}, [&s](const Coordinates& i) {
             return Coordinates{i[0], s[1] - 1, i[1]};
           });
         },
     .samples = {{reals({2, 3, 2})}, {reals({0, 1, 2})}, {integers({2, 3, 2}, -9, 9)}},
     .errors = {{{reals({2, 0, 2})}, "select: index -1 is out of range for axis 1 of (2, 0, 2)"},
                {[] {
                   return select(ones({2, 3}), -1, 3);
                 },
                 "select: index 3 is out of range for axis 1 of (2, 3)"},
                {[] { return select(ones({2}), 1, 0); },
                 "select: axis 1 is out of range for (2,), which has 1 axes"}},
     .propagates_nan = false},
    {.name = "select to a scalar",
     .function = [](const Tensors& in) { return select(in[0], 0, 1); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {}, [](const Coordinates&) { return Coordinates{1}; });
         },
     .samples = {{reals({3})}},
     .propagates_nan = false},
});

// Joins along `axis`, plainly.
check::Function joined(int axis) {
  return [axis](const Tensors& in) {
    Shape shape = in[0].shape();
    Dtype dtype = in[0].dtype();
    shape[axis] = 0;
    for (const Tensor& x : in) {
      shape[axis] += x.shape()[axis];
      dtype = promote(dtype, x.dtype());
    }
    return build(shape, dtype, [&](std::int64_t flat) {
      Coordinates index(std::size_t(shape.rank()), 0);
      for (int i = shape.rank() - 1; i >= 0; --i) {
        index[std::size_t(i)] = flat % shape[i];
        flat /= shape[i];
      }
      std::int64_t& k = index[std::size_t(axis)];
      for (const Tensor& x : in) {
        if (k < x.shape()[axis]) return at(x, place_of(index, x.shape()));
        k -= x.shape()[axis];
      }
      return 0.0;
    });
  };
}

const Register joins({
    {.name = "cat",
     .function = [](const Tensors& in) { return cat(in, 1); },
     .reference = joined(1),
     .samples = {{reals({2, 3}), reals({2, 1}), reals({2, 2})},
                 {reals({2, 3})},
                 {reals({2, 0}), reals({2, 3})},
                 {reals({2, 2}), integers({2, 1}, -9, 9)},
                 {integers({2, 2}, -9, 9), flags({2, 2})}},
     .errors = {{[] { return cat({}); }, "cat: needs at least one tensor"},
                {{reals({2, 3}), reals({3, 3})}, "cat: (2, 3) and (3, 3) differ outside axis 1"},
                {{reals({2, 3}), reals({3})}, "cat: (2, 3) and (3,) differ outside axis 1"},
                {{reals({3})}, "cat: axis 1 is out of range for (3,), which has 1 axes"},
                {[] {
                   return cat({ones({2}), Tensor()});
                 },
                 "cat: input 1 is an undefined tensor"}}},
    {.name = "cat rows",
     .function = [](const Tensors& in) { return cat(in); },
     .reference = joined(0),
     .samples = {{reals({2, 3}), reals({1, 3})}, {reals({2}), reals({2})}}},
    {.name = "stack",
     .function = [](const Tensors& in) { return stack(in, 1); },
     .reference =
         [](const Tensors& in) {
           Tensors rows;
           for (const Tensor& x : in)
             rows.push_back(same_order({x.shape()[0], 1, x.shape()[1]})({x})[0]);
           return joined(1)(rows);
         },
     .samples = {{reals({2, 3}), reals({2, 3})}, {reals({0, 3})}, {flags({1, 2}), reals({1, 2})}},
     .errors = {{[] { return stack({}); }, "stack: needs at least one tensor"},
                {{reals({2, 3}), reals({3})}, "stack: shapes (2, 3) and (3,) differ"},
                {[] {
                   return stack({ones({2, 3})}, -4);
                 },
                 "stack: axis -4 is out of range for (2, 3), which gets 3 axes"},
                {[] { return stack({Tensor()}); }, "stack: input 0 is an undefined tensor"}}},
    {.name = "stack of scalars",
     .function = [](const Tensors& in) { return stack(in); },
     .reference =
         [](const Tensors& in) {
           return build({std::int64_t(in.size())}, in[0].dtype(),
                        [&](std::int64_t i) { return at(in[std::size_t(i)], 0); });
         },
     .samples = {{reals({}), reals({}), reals({})}}},
});

const Register copies({
    {.name = "to",
     .function = [](const Tensors& in) { return to(in[0], int64); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), int64, [&](std::int64_t i) {
             const double v = at(in[0], i);
             return std::fabs(v) < 0x1p63 ? std::int64_t(v) : 0;
           });
         },
     .samples = {{reals({2, 3}, -9, 9)},
                 {reals({})},
                 {reals({0, 2})},
                 {flags({3})},
                 {integers({3}, -9, 9)}},
     .errors = {{[] { return to(Tensor(), float32); }, "to: input 0 is an undefined tensor"}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false},
    {.name = "to bool",
     .function = [](const Tensors& in) { return to(in[0], boolean); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), boolean, [&](std::int64_t i) { return at(in[0], i) != 0; });
         },
     .samples = {{reals({4}, {0, 1, -2, 0.5})}, {integers({3}, -1, 1)}, {flags({3})}},
     .differentiable = false},
    {.name = "to float64 and back",
     .function =
         [](const Tensors& in) {
           const Tensor wide = to(in[0], float64);
           return to(wide, in[0].dtype());
         },
     .reference = [](const Tensors& in) { return same_order(in[0].shape())(in); },
     .samples = {{reals({2, 3})}, {reals({0})}}},
    {.name = "contiguous",
     .function = [](const Tensors& in) { return contiguous(in[0]); },
     .reference = [](const Tensors& in) { return same_order(in[0].shape())(in); },
     .samples = {{reals({2, 3})},
                 {reals({})},
                 {reals({0, 2})},
                 {integers({2, 3}, -9, 9)},
                 {flags({2, 3})}},
     .errors = {{[] { return contiguous(Tensor()); },
                 "contiguous: input 0 is an undefined tensor"}}},
    {.name = "clone",
     .function = [](const Tensors& in) { return clone(in[0]); },
     .reference = [](const Tensors& in) { return same_order(in[0].shape())(in); },
     .samples = {{reals({2, 3})},
                 {reals({})},
                 {reals({0, 2})},
                 {integers({2, 3}, -9, 9)},
                 {flags({2, 3})}},
     .errors = {{[] { return clone(Tensor()); }, "clone: input 0 is an undefined tensor"}},
     .elementwise = true},
});

}  // namespace
