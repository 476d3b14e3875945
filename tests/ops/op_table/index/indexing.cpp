#include <cinta/ops/index/indexing.hpp>
#include <span>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// Rows of in[0], as (rows, width), in the order of the ids in in[1].
Tensor rows_of(const Tensors& in, const Shape& shape) {
  std::int64_t width = 1;
  for (int i = 1; i < in[0].rank(); ++i) width *= in[0].shape()[i];
  return build(shape, in[0].dtype(), [&](std::int64_t i) {
    return at(in[0], std::int64_t(at(in[1], i / width)) * width + i % width);
  });
}

Tensor looked_up(const Tensors& in) {
  std::vector<std::int64_t> sizes(in[1].shape().begin(), in[1].shape().end());
  sizes.push_back(in[0].size(1));
  return rows_of(in, Shape(std::span<const std::int64_t>(sizes)));
}

// Along axis 1 of (a, b, c): y(i, j, k) = x(i, ids(j), k).
Tensor selected(const Tensors& in) {
  const std::int64_t b = in[0].size(1), c = in[0].size(2), n = in[1].numel();
  return build({in[0].size(0), n, c}, in[0].dtype(), [&](std::int64_t i) {
    return at(in[0], (i / (n * c) * b + std::int64_t(at(in[1], i / c % n))) * c + i % c);
  });
}

// Along axis 1 of (a, b): y(i, j) = x(i, ids(i, j)).
Tensor gathered(const Tensors& in) {
  const std::int64_t b = in[0].size(1), n = in[1].size(1);
  return build(in[1].shape(), in[0].dtype(),
               [&](std::int64_t i) { return at(in[0], i / n * b + std::int64_t(at(in[1], i))); });
}

// The same along axis 0 of (a, b, c).
Tensor gathered_first(const Tensors& in) {
  const Shape x = in[0].shape(), ids = in[1].shape();
  return build(ids, in[0].dtype(), [&](std::int64_t i) {
    const std::int64_t j = i / ids[2] % ids[1], k = i % ids[2];
    return at(in[0], (std::int64_t(at(in[1], i)) * x[1] + j) * x[2] + k);
  });
}

// in[1] added to `rows` rows at the ids in in[0].
check::Function added(std::int64_t rows, std::int64_t skip = -1) {
  return [rows, skip](const Tensors& in) {
    const std::int64_t width = in[1].size(1);
    return build({rows, width}, float64, [&](std::int64_t flat) {
      double sum = 0;
      for (std::int64_t i = 0; i < in[0].numel(); ++i) {
        const auto id = std::int64_t(at(in[0], i));
        if (id == flat / width && id != skip) sum += at(in[1], i * width + flat % width);
      }
      return sum;
    });
  };
}

Tensor ids3() {
  return build({3}, int64, [](std::int64_t i) { return i; });
}

// A NaN in a row that no id names does not show, hence no propagates_nan.
const Register here({
    {.name = "embedding",
     .function = [](const Tensors& in) { return embedding(in[0], in[1]); },
     .reference = looked_up,
     .samples = {{reals({5, 3}), integers({4}, 0, 4)},
                 {reals({2, 3}), integers({3, 4}, 0, 1)},
                 {reals({4, 2}), integers({}, 0, 3)},
                 {reals({4, 2}), integers({0}, 0, 3)},
                 {reals({4, 2}), integers({2, 0, 3}, 0, 3)},
                 {reals({4, 0}), integers({3}, 0, 3)},
                 {reals({1, 1}), integers({1}, 0, 0)}},
     .errors = {{{reals({10, 2}), integers({2, 4}, {0, 1, 2, 12, 4, 5, 6, 7})},
                 "embedding: index 12 at position (0, 3) is out of range for a table of 10 rows"},
                {{reals({10, 2}), integers({2}, {0, -1})},
                 "embedding: index -1 at position (1,) is out of range for a table of 10 rows"},
                {{reals({10, 2}), integers({}, {10})},
                 "embedding: index 10 is out of range for a table of 10 rows"},
                {{reals({0, 2}), integers({1}, {0})},
                 "embedding: index 0 at position (0,) is out of range for a table of 0 rows"},
                {{reals({10, 2}), reals({2})}, "embedding: ids must be int64, they are float64"},
                {{reals({10}), integers({2}, 0, 1)},
                 "embedding: the table must have two axes, its shape is (10,)"},
                {[] {
                   return embedding(ones({4, 2}), ids3(), {.padding_idx = 4});
                 },
                 "embedding: padding_idx 4 is out of range for a table of 4 rows"},
                {[] {
                   return embedding(ones({4, 2}), Tensor());
                 },
                 "embedding: input 1 is an undefined tensor"}},
     .propagates_nan = false},
    {.name = "embedding with padding",
     .function = [](const Tensors& in) { return embedding(in[0], in[1], {.padding_idx = 1}); },
     .reference =
         [](const Tensors& in) {
           const Tensor y = looked_up(in);
           const std::int64_t width = in[0].size(1);
           return build(y.shape(), float64,
                        [&](std::int64_t i) { return at(in[1], i / width) == 1 ? 0 : at(y, i); });
         },
     .samples = {{reals({3, 2}), integers({5}, {0, 1, 2, 1, 0})},
                 {reals({2, 1}), integers({0}, 0, 1)}},
     .propagates_nan = false},
    {.name = "embedding with row-sparse gradients",
     .function = [](const Tensors& in) { return embedding(in[0], in[1], {.sparse = true}); },
     .reference = looked_up,
     .samples = {{reals({5, 3}), integers({2, 4}, 0, 4)}},
     .propagates_nan = false},
    {.name = "index_select",
     .function = [](const Tensors& in) { return index_select(in[0], 1, in[1]); },
     .reference = selected,
     .samples = {{reals({2, 4, 3}), integers({5}, 0, 3)},
                 {reals({2, 3, 1}), integers({0}, 0, 2)},
                 {reals({0, 3, 2}), integers({2}, 0, 2)},
                 {reals({1, 1, 1}), integers({2}, 0, 0)}},
     .errors = {{{reals({2, 4, 3}), integers({2}, {3, 4})},
                 "index_select: index 4 at position (1,) is out of range for axis 1 of (2, 4, 3)"},
                {{reals({2, 4, 3}), integers({2, 2}, 0, 1)},
                 "index_select: ids must have one axis, their shape is (2, 2)"},
                {{reals({2, 4, 3}), flags({2})}, "index_select: ids must be int64, they are bool"},
                {[] { return index_select(ones({2}), 1, ids3()); },
                 "index_select: axis 1 is out of range for (2,), which has 1 axes"}},
     .propagates_nan = false},
    {.name = "index_select of the first axis",
     .function = [](const Tensors& in) { return index_select(in[0], 0, in[1]); },
     .reference =
         [](const Tensors& in) {
           Shape shape = in[0].shape();
           shape[0] = in[1].numel();
           return rows_of(in, shape);
         },
     .samples = {{reals({3, 2}), integers({4}, 0, 2)},
                 {reals({4}), integers({3}, 0, 3)},
                 {reals({2, 2, 2}), integers({3}, 0, 1)},
                 {integers({3, 2}, -5, 5), integers({4}, 0, 2)},
                 {flags({4}), integers({3}, 0, 3)}},
     .propagates_nan = false},
    {.name = "gather",
     .function = [](const Tensors& in) { return gather(in[0], 1, in[1]); },
     .reference = gathered,
     .samples = {{reals({3, 4}), integers({3, 2}, 0, 3)},
                 {reals({3, 4}), integers({3, 6}, 0, 3)},
                 {reals({3, 4}), integers({2, 1}, 0, 3)},
                 {reals({3, 4}), integers({3, 0}, 0, 3)},
                 {reals({0, 4}), integers({0, 2}, 0, 3)},
                 {integers({2, 3}, -4, 4), integers({2, 2}, 0, 2)}},
     .errors = {{{reals({2, 3}), integers({2, 2}, {0, 3, 0, 0})},
                 "gather: index 3 at position (0, 1) is out of range for axis 1 of (2, 3)"},
                {{reals({2, 3}), integers({3, 1}, 0, 1)},
                 "gather: ids of (3, 1) do not fit (2, 3) outside axis 1"},
                {{reals({2, 3}), integers({2}, 0, 1)},
                 "gather: ids of (2,) do not fit (2, 3) outside axis 1"},
                {{reals({2, 3}), reals({2, 1})}, "gather: ids must be int64, they are float64"},
                {[] { return gather(ones({2}), 1, ids3()); },
                 "gather: axis 1 is out of range for (2,), which has 1 axes"}},
     .propagates_nan = false},
    {.name = "gather, axis 0",
     .function = [](const Tensors& in) { return gather(in[0], 0, in[1]); },
     .reference = gathered_first,
     .samples = {{reals({3, 2, 4}), integers({2, 2, 4}, 0, 2)},
                 {reals({3, 2, 4}), integers({5, 1, 3}, 0, 2)}},
     .propagates_nan = false},
    {.name = "index_add",
     .function =
         [](const Tensors& in) {
           return index_add({4, in[1].size(1)}, in[0], in[1]);
         },
     .reference = added(4),
     .samples = {{integers({5}, 0, 3), reals({5, 2})},
                 {integers({0}, 0, 3), reals({0, 2})},
                 {integers({1}, 0, 3), reals({1, 0})}},
     .errors = {{{integers({2}, {1, 4}), reals({2, 3})},
                 "index_add: index 4 at position (1,) is out of range for 4 rows"},
                {{integers({3}, 0, 1), reals({2, 3})},
                 "index_add: (3,) ids and values of (2, 3) do not add to (4, 3)"},
                {{integers({2, 1}, 0, 1), reals({2, 3})},
                 "index_add: (2, 1) ids and values of (2, 3) do not add to (4, 3)"},
                {{integers({2}, 0, 1), integers({2, 3}, 0, 1)},
                 "index_add: needs a floating dtype, got int64"},
                {{reals({2}), reals({2, 3})}, "index_add: ids must be int64, they are float64"}},
     .refuses_undefined = false},
    {.name = "index_add with padding",
     .function =
         [](const Tensors& in) {
           return index_add({3, in[1].size(1)}, in[0], in[1], {.padding_idx = 1});
         },
     .reference = added(3, 1),
     .samples = {{integers({5}, {0, 1, 2, 1, 0}), reals({5, 2})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "one_hot",
     .function = [](const Tensors& in) { return one_hot(in[0], 4); },
     .reference =
         [](const Tensors& in) {
           std::vector<std::int64_t> sizes(in[0].shape().begin(), in[0].shape().end());
           sizes.push_back(4);
           return build(Shape(std::span<const std::int64_t>(sizes)), float64,
                        [&](std::int64_t i) { return at(in[0], i / 4) == double(i % 4); });
         },
     .samples = {{integers({5}, 0, 3)},
                 {integers({2, 3}, 0, 3)},
                 {integers({}, 0, 3)},
                 {integers({0}, 0, 3)}},
     .errors = {{{integers({2}, {0, 4})},
                 "one_hot: index 4 at position (1,) is out of range for 4 classes"},
                {{reals({2})}, "one_hot: ids must be int64, they are float64"}},
     .differentiable = false},
});

}  // namespace
