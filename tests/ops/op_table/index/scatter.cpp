#include <cinta/ops/index/nonzero.hpp>
#include <cinta/ops/index/scatter.hpp>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// A mask that is given: what it chooses has a size of its own.
check::Input mask(const Shape& shape, std::vector<double> values) {
  check::Input input = flags(shape);
  input.values = std::move(values);
  return input;
}

// in[2] written or added along axis 1 of (a, b) at in[1].
check::Function written(bool add) {
  return [add](const Tensors& in) {
    const std::int64_t width = in[0].size(1), n = in[1].size(1);
    std::vector<double> values;
    for (std::int64_t i = 0; i < in[0].numel(); ++i) values.push_back(at(in[0], i));
    for (std::int64_t i = 0; i < in[1].numel(); ++i) {
      double& to = values[std::size_t(i / n * width + std::int64_t(at(in[1], i)))];
      const double from = at(in[2], source_of(i, in[1].shape(), in[2].shape()));
      to = add ? to + from : from;
    }
    return build(in[0].shape(), in[0].dtype(),
                 [&](std::int64_t i) { return values[std::size_t(i)]; });
  };
}

// in[2] written or added along axis 0 of (a, b), by tensors turned over.
check::Function written_down(bool add) {
  return [add](const Tensors& in) {
    const auto turned = [](const Tensor& x) {
      const std::int64_t a = x.size(0), b = x.size(1);
      return build({b, a}, x.dtype(),
                   [&, a, b](std::int64_t i) { return at(x, i % a * b + i / a); });
    };
    return Tensors{turned(written(add)({turned(in[0]), turned(in[1]), turned(in[2])})[0])};
  };
}

// The same of all elements as one row.
check::Function put_in(bool add) {
  return [add](const Tensors& in) {
    Tensors flat = in;
    flat[0] = same_order({1, in[0].numel()})(in)[0];
    flat[1] = build({1, in[1].numel()}, int64, [&](std::int64_t i) { return at(in[1], i); });
    flat[2] = build({1, in[1].numel()}, in[2].dtype(), [&](std::int64_t i) {
      return at(in[2], source_of(i, in[1].shape(), in[2].shape()));
    });
    return same_order(in[0].shape())(written(add)(flat));
  };
}

const Register writes({
    {.name = "scatter",
     .function = [](const Tensors& in) { return scatter(in[0], 1, in[1], in[2]); },
     .reference = written(false),
     .samples = {{reals({3, 4}), integers({3, 2}, 0, 3), reals({3, 2})},
                 {reals({3, 4}), integers({2, 5}, 0, 3), reals({2, 5})},
                 {reals({3, 4}), integers({3, 3}, {1, 1, 1, 0, 2, 0, 3, 3, 1}), reals({3, 1})},
                 {reals({3, 4}), integers({0, 2}, 0, 3), reals({0, 2})},
                 {reals({0, 4}), integers({0, 2}, 0, 3), reals({})},
                 {integers({2, 3}, -4, 4), integers({2, 2}, 0, 2), integers({2, 2}, -9, 9)},
                 {flags({2, 3}), integers({2, 2}, 0, 2), flags({2, 2})}},
     .errors = {{{reals({2, 3}), integers({2, 2}, {0, 3, 0, 0}), reals({2, 2})},
                 "scatter: index 3 at position (0, 1) is out of range for axis 1 of (2, 3)"},
                {{reals({2, 3}), integers({3, 1}, 0, 1), reals({3, 1})},
                 "scatter: ids of (3, 1) do not fit (2, 3) outside axis 1"},
                {{reals({2, 3}), integers({2, 1}, 0, 1), reals({3, 1})},
                 "scatter: (3, 1) does not broadcast to (2, 1)"},
                {{integers({2, 3}, 0, 1), integers({2, 1}, 0, 1), reals({2, 1})},
                 "scatter: a result of float64 does not fit into a tensor of int64; convert it "
                 "with to() first"},
                {{reals({2, 3}), reals({2, 1}), reals({2, 1})},
                 "scatter: ids must be int64, they are float64"}},
     .propagates_nan = false},
    {.name = "scatter, axis 0",
     .function = [](const Tensors& in) { return scatter(in[0], 0, in[1], in[2]); },
     .reference = written_down(false),
     .samples = {{reals({3, 4}), integers({2, 4}, 0, 2), reals({2, 4})},
                 {reals({3, 4}), integers({3, 2}, {1, 1, 1, 0, 2, 0}), reals({3, 2})}},
     .propagates_nan = false},
    {.name = "scatter_add, axis 0",
     .function = [](const Tensors& in) { return scatter_add(in[0], 0, in[1], in[2]); },
     .reference = written_down(true),
     .samples = {{reals({3, 4}), integers({2, 4}, 0, 2), reals({2, 4})},
                 {reals({3, 4}), integers({3, 2}, {1, 1, 1, 0, 2, 0}), reals({3, 2})}}},
    {.name = "scatter, a number",
     .function = [](const Tensors& in) { return scatter(in[0], -1, in[1], 2.5); },
     .reference =
         [](const Tensors& in) {
           return written(false)(
               {in[0], in[1], build({}, in[0].dtype(), [](auto) { return 2.5; })});
         },
     .samples = {{reals({3, 4}), integers({3, 2}, 0, 3)}},
     .propagates_nan = false},
    {.name = "scatter_add",
     .function = [](const Tensors& in) { return scatter_add(in[0], 1, in[1], in[2]); },
     .reference = written(true),
     .samples = {{reals({3, 4}), integers({3, 2}, 0, 3), reals({3, 2})},
                 {reals({3, 4}), integers({2, 5}, 1, 1), reals({2, 5})},
                 {reals({2, 3}), integers({2, 2}, 0, 2), reals({1, 2})},
                 {reals({3, 4}), integers({3, 0}, 0, 3), reals({3, 0})},
                 {integers({2, 3}, -4, 4), integers({2, 2}, 0, 2), integers({2, 2}, -9, 9)}},
     .errors = {{{reals({2, 3}), integers({2, 2}, {0, -1, 0, 0}), reals({2, 2})},
                 "scatter_add: index -1 at position (0, 1) is out of range for axis 1 of (2, 3)"}}},
    {.name = "put",
     .function = [](const Tensors& in) { return put(in[0], in[1], in[2]); },
     .reference = put_in(false),
     .samples = {{reals({2, 3}), integers({4}, {5, 0, 5, 1}), reals({4})},
                 {reals({2, 3}), integers({2, 2}, 0, 5), reals({2})},
                 {reals({}), integers({1}, 0, 0), reals({1})},
                 {reals({2, 3}), integers({0}, 0, 5), reals({0})}},
     .errors = {{{reals({2, 3}), integers({1}, {6}), reals({1})},
                 "put: index 6 at position (0,) is out of range for the 6 elements of x"}},
     .propagates_nan = false},
    {.name = "put, added",
     .function = [](const Tensors& in) { return put(in[0], in[1], in[2], true); },
     .reference = put_in(true),
     .samples = {{reals({2, 3}), integers({4}, {5, 0, 5, 1}), reals({4})}}},
    {.name = "index_put",
     .function = [](const Tensors& in) { return index_put(in[0], {in[1]}, in[2]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].size(1);
           return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
             double value = at(in[0], i);
             for (std::int64_t k = 0; k < in[1].numel(); ++k)
               if (at(in[1], k) == double(i / width)) value = at(in[2], k * width + i % width);
             return value;
           });
         },
     .samples = {{reals({4, 2}), integers({3}, {2, 0, 2}), reals({3, 2})},
                 {reals({4, 2}), integers({0}, 0, 3), reals({0, 2})}},
     .errors = {{{reals({4, 2}), integers({1}, {4}), reals({1, 2})},
                 "index_put: index 4 at position (0,) is out of range for axis 0 of (4, 2)"},
                {[] {
                   return index_put(ones({2, 3}), {}, 0);
                 },
                 "index_put: 0 tensors of ids for the 2 axes of (2, 3)"}},
     .propagates_nan = false},
    {.name = "index_put, by a mask and added",
     .function = [](const Tensors& in) { return index_put(in[0], {in[1]}, in[2], true); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
             const double place[] = {0, -1, -1, 1, 2, -1};
             const double k = place[i];
             return at(in[0], i) + (k < 0 ? 0 : at(in[2], std::int64_t(k)));
           });
         },
     .samples = {{reals({2, 3}), mask({2, 3}, {1, 0, 0, 1, 1, 0}), reals({3})}},
     .errors = {{{reals({2, 3}), mask({3}, {1, 0, 0}), reals({1})},
                 "index_put: a mask of (3,) does not fit the axes from 0 on of (2, 3)"}},
     .strided = false},
    {.name = "index_add, along an axis",
     .function = [](const Tensors& in) { return index_add(in[0], 1, in[1], in[2], -0.5); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t b = in[0].size(1), c = in[0].size(2), n = in[1].numel();
           return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
             double value = at(in[0], i);
             for (std::int64_t k = 0; k < n; ++k)
               if (at(in[1], k) == double(i / c % b))
                 value -= 0.5 * at(in[2], (i / (b * c) * n + k) * c + i % c);
             return value;
           });
         },
     .samples = {{reals({2, 3, 2}), integers({4}, 0, 2), reals({2, 4, 2})},
                 {reals({2, 3, 1}), integers({0}, 0, 2), reals({2, 0, 1})},
                 {reals({0, 3, 1}), integers({2}, 0, 2), reals({0, 2, 1})}},
     .errors = {{{reals({2, 3, 2}), integers({2}, {0, 3}), reals({2, 2, 2})},
                 "index_add: index 3 at position (1,) is out of range for axis 1 of (2, 3, 2)"},
                {{reals({2, 3, 2}), integers({2}, 0, 1), reals({2, 3, 2})},
                 "index_add: ids of (2,) and source of (2, 3, 2) do not fit axis 1 of (2, 3, 2)"},
                {{integers({2, 3, 2}, 0, 1), integers({2}, 0, 1), reals({2, 2, 2})},
                 "index_add: needs floating dtypes, got int64 and float64"}}},
    {.name = "masked_scatter",
     .function = [](const Tensors& in) { return masked_scatter(in[0], in[1], in[2]); },
     .reference =
         [](const Tensors& in) {
           std::int64_t next = 0;
           return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
             const bool chosen = at(in[1], source_of(i, in[0].shape(), in[1].shape())) != 0;
             return chosen ? at(in[2], next++) : at(in[0], i);
           });
         },
     .samples = {{reals({2, 3}), mask({2, 3}, {1, 0, 0, 1, 1, 0}), reals({5})},
                 {reals({2, 3}), mask({3}, {1, 0, 1}), reals({2, 2})},
                 {reals({2, 3}), mask({1}, {0}), reals({0})},
                 {reals({0, 3}), mask({3}, {1, 0, 1}), reals({1})}},
     .errors = {{{reals({2, 3}), mask({3}, {1, 0, 1}), reals({3})},
                 "masked_scatter: 4 elements are to be replaced, source (3,) has 3"},
                {{reals({2, 3}), mask({2}, {1, 0}), reals({3})},
                 "masked_scatter: a mask of (2,) does not broadcast to (2, 3)"},
                {{reals({2, 3}), integers({3}, 0, 1), reals({3})},
                 "masked_scatter: the mask must be bool, it is int64"},
                {{reals({3}), mask({3}, {1, 0, 1}), integers({3}, 0, 9)},
                 "masked_scatter: source must be float64 as x, it is int64"}},
     .propagates_nan = false,
     .strided = false},
});

const Register reads({
    {.name = "take",
     .function = [](const Tensors& in) { return take(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return build(in[1].shape(), in[0].dtype(),
                        [&](std::int64_t i) { return at(in[0], std::int64_t(at(in[1], i))); });
         },
     .samples = {{reals({2, 3}), integers({4}, 0, 5)},
                 {reals({2, 3}), integers({2, 2}, 3, 3)},
                 {reals({}), integers({}, 0, 0)},
                 {reals({2, 3}), integers({0}, 0, 5)},
                 {flags({2, 3}), integers({4}, 0, 5)}},
     .errors = {{{reals({2, 3}), integers({2}, {0, 6})},
                 "take: index 6 at position (1,) is out of range for the 6 elements of x"}},
     .propagates_nan = false},
    {.name = "take_along_axis",
     .function = [](const Tensors& in) { return take_along_axis(in[0], in[1], 1); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t rows = std::max(in[0].size(0), in[1].size(0));
           const std::int64_t n = in[1].size(1), width = in[0].size(1);
           return build({rows, n}, in[0].dtype(), [&](std::int64_t i) {
             const std::int64_t of_x = in[0].size(0) == 1 ? 0 : i / n;
             const std::int64_t of_ids = in[1].size(0) == 1 ? 0 : i / n;
             return at(in[0], of_x * width + std::int64_t(at(in[1], of_ids * n + i % n)));
           });
         },
     .samples = {{reals({3, 4}), integers({3, 2}, 0, 3)},
                 {reals({1, 4}), integers({3, 2}, 0, 3)},
                 {reals({3, 4}), integers({1, 5}, 0, 3)},
                 {reals({3, 4}), integers({1, 0}, 0, 3)}},
     .errors = {{{reals({2, 3}), integers({3}, 0, 2)},
                 "take_along_axis: ids of (3,) and x of (2, 3) differ in their number of axes"},
                {{reals({2, 3}), integers({3, 1}, 0, 2)},
                 "take_along_axis: (2, 1) and (3, 1) do not broadcast: sizes 2 and 3 differ"},
                {{reals({2, 3}), integers({2, 1}, {0, 3})},
                 "take_along_axis: index 3 at position (1, 0) is out of range for axis 1 of (2, "
                 "3)"}},
     .propagates_nan = false},
    {.name = "masked_select",
     .function = [](const Tensors& in) { return masked_select(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const Shape shape = broadcast_shapes("", in[0].shape(), in[1].shape());
           std::vector<double> values;
           for (std::int64_t i = 0; i < shape.numel(); ++i)
             if (at(in[1], source_of(i, shape, in[1].shape())) != 0)
               values.push_back(at(in[0], source_of(i, shape, in[0].shape())));
           return build({std::int64_t(values.size())}, in[0].dtype(),
                        [&](std::int64_t i) { return values[std::size_t(i)]; });
         },
     .samples = {{reals({2, 3}), mask({2, 3}, {1, 0, 0, 1, 1, 0})},
                 {reals({3}), mask({2, 1}, {1, 0})},
                 {reals({2, 1}), mask({3}, {1, 0, 1})},
                 {reals({2}), mask({}, {0})},
                 {integers({2}, 0, 9), mask({2}, {0, 1})}},
     .errors = {{{reals({2}), reals({2})}, "masked_select: the mask must be bool, it is float64"},
                {{reals({2}), mask({3}, {0, 1, 0})},
                 "masked_select: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .propagates_nan = false,
     .strided = false},
    {.name = "nonzero",
     .function = [](const Tensors& in) { return nonzero(in[0]); },
     .reference =
         [](const Tensors& in) {
           std::vector<std::int64_t> indices;
           std::int64_t count = 0;
           for (std::int64_t i = 0; i < in[0].numel(); ++i) {
             if (at(in[0], i) == 0) continue;
             ++count;
             if (in[0].rank() == 2) indices.push_back(i / in[0].size(1));
             if (in[0].rank() > 0) indices.push_back(i % in[0].shape().back());
           }
           return build({count, in[0].rank()}, int64,
                        [&](std::int64_t i) { return indices[std::size_t(i)]; });
         },
     .samples = {{reals({2, 3}, {0, 1, -2, 0, 0.5, -0.0})},
                 {mask({4}, {1, 0, 1, 1})},
                 {integers({}, {3})},
                 {integers({}, {0})},
                 {reals({0, 3})}},
     .errors = {{[] { return nonzero(Tensor()); }, "nonzero: input 0 is an undefined tensor"}},
     .differentiable = false,
     .strided = false},
});

}  // namespace
