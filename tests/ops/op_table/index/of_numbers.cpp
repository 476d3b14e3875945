// Tensors and ids without axes, which are of one element along axis 0 or -1.

#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/index/scatter.hpp>
#include <cinta/ops/reduce/segment.hpp>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// The elements that ids name, in their shape.
Tensor picked(const Tensors& in, const Shape& shape) {
  return build(shape, in[0].dtype(),
               [&](std::int64_t i) { return at(in[0], std::int64_t(at(in[1], i))); });
}

// in[0] with those of in[2] put to them one after the other.
check::Function combined(double (*combine)(double old, double source)) {
  return [combine](const Tensors& in) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < in[0].numel(); ++i) values.push_back(at(in[0], i));
    for (std::int64_t i = 0; i < in[1].numel(); ++i) {
      double& to = values[std::size_t(at(in[1], i))];
      to = combine(to, at(in[2], in[2].numel() == 1 ? 0 : i));
    }
    return build(in[0].shape(), in[0].dtype(),
                 [&](std::int64_t i) { return values[std::size_t(i)]; });
  };
}
double last(double, double source) { return source; }
double total(double old, double source) { return old + source; }
double product(double old, double source) { return old * source; }

const std::vector<check::Sample> writes = {
    {reals({}), integers({}, 0, 0), reals({})},   {reals({}), integers({1}, 0, 0), reals({1})},
    {reals({}), integers({3}, 0, 0), reals({3})}, {reals({}), integers({0}, 0, 0), reals({0})},
    {reals({4}), integers({}, 2, 2), reals({})},  {reals({4}), integers({}, 2, 2), reals({1})}};

const Register here({
    {.name = "gather, of numbers",
     .function = [](const Tensors& in) { return gather(in[0], -1, in[1]); },
     .reference = [](const Tensors& in) { return picked(in, in[1].shape()); },
     .samples = {{reals({}), integers({}, 0, 0)},
                 {reals({}), integers({3}, 0, 0)},
                 {reals({}), integers({0}, 0, 0)},
                 {reals({4}), integers({}, 2, 2)}},
     .errors = {{{reals({}), integers({}, 1, 1)},
                 "gather: index 1 is out of range for axis 0 of ()"},
                {{reals({}), integers({1, 1}, 0, 0)},
                 "gather: ids of (1, 1) do not fit () outside axis 0"},
                {{reals({2, 3}), integers({}, 0, 0)},
                 "gather: ids of () do not fit (2, 3) outside axis 1"},
                {[] { return gather(ones({}), 1, zeros({}, int64)); },
                 "gather: axis 1 is out of range for (), which has 0 axes"}},
     .propagates_nan = false},
    {.name = "index_select, of numbers",
     .function = [](const Tensors& in) { return index_select(in[0], 0, in[1]); },
     .reference =
         [](const Tensors& in) { return picked(in, in[0].rank() == 0 ? Shape{} : Shape{1}); },
     .samples = {{reals({}), integers({}, 0, 0)},
                 {reals({}), integers({1}, 0, 0)},
                 {reals({4}), integers({}, 2, 2)}},
     .errors = {{{reals({}), integers({1}, 1, 1)},
                 "index_select: index 1 at position (0,) is out of range for axis 0 of ()"},
                {{reals({}), integers({2}, 0, 0)},
                 "index_select: of a tensor without axes one id can be taken, not ids of (2,)"},
                {{reals({}), integers({1, 1}, 0, 0)},
                 "index_select: ids must have one axis, their shape is (1, 1)"}},
     .propagates_nan = false},
    {.name = "scatter, of numbers",
     .function = [](const Tensors& in) { return scatter(in[0], 0, in[1], in[2]); },
     .reference = combined(&last),
     .samples = writes,
     .propagates_nan = false},
    {.name = "scatter_add, of numbers",
     .function = [](const Tensors& in) { return scatter_add(in[0], -1, in[1], in[2]); },
     .reference = combined(&total),
     .samples = writes},
    {.name = "scatter_reduce, of numbers",
     .function =
         [](const Tensors& in) { return scatter_reduce(in[0], -1, in[1], in[2], Combine::prod); },
     .reference = combined(&product),
     .samples = writes,
     .extremes = false},
    {.name = "index_add, of numbers",
     .function = [](const Tensors& in) { return index_add(in[0], 0, in[1], in[2], 1); },
     .reference = combined(&total),
     .samples = {{reals({}), integers({}, 0, 0), reals({})},
                 {reals({}), integers({1}, 0, 0), reals({})},
                 {reals({4}), integers({}, 2, 2), reals({1})}},
     .errors = {{{reals({}), integers({2}, 0, 0), reals({2})},
                 "index_add: ids of (2,) and source of (2,) do not fit axis 0 of ()"},
                {{reals({4}), integers({}, 2, 2), reals({})},
                 "index_add: ids of () and source of () do not fit axis 0 of (4,)"}}},
    {.name = "index_fill_, of numbers",
     .function =
         [](const Tensors& in) {
           const Tensor y = clone(in[0]);
           index_fill_(y, 0, in[1], in[2]);
           return y;
         },
     .reference = combined(&last),
     .samples = {{reals({}), integers({}, 0, 0), reals({})},
                 {reals({}), integers({2}, 0, 0), reals({})},
                 {reals({4}), integers({}, 2, 2), reals({})}},
     .propagates_nan = false},
});

}  // namespace
