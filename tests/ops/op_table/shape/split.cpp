#include <cinta/ops/shape/view/split.hpp>
#include <span>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// The elements of x from `start` on along the first axis, in this shape.
Tensor rows_from(const Tensor& x, std::int64_t start, const Shape& shape) {
  std::int64_t row = 1;
  for (int i = 1; i < x.rank(); ++i) row *= x.shape()[i];
  return build(shape, x.dtype(), [&](std::int64_t i) { return at(x, start * row + i); });
}

// Parts of these sizes along the first axis, plainly.
check::Function first_axis(const std::vector<std::int64_t>& sizes) {
  return [sizes](const Tensors& in) {
    Tensors parts;
    std::int64_t start = 0;
    for (const std::int64_t size : sizes) {
      Shape shape = in[0].shape();
      shape[0] = size;
      parts.push_back(rows_from(in[0], start, shape));
      start += size;
    }
    return parts;
  };
}

// Columns [from, from + count) of a matrix.
Tensor columns(const Tensor& x, std::int64_t from, std::int64_t count) {
  const std::int64_t width = x.shape()[1];
  return build({x.shape()[0], count}, x.dtype(),
               [&](std::int64_t i) { return at(x, i / count * width + from + i % count); });
}

const Register here({
    {.name = "split",
     .function = [](const Tensors& in) { return split(in[0], 2); },
     .reference = first_axis({2, 2, 1}),
     .samples = {{reals({5})}, {reals({5, 3})}, {reals({5, 0})}, {integers({5, 2}, -9, 9)}},
     .errors = {{{reals({})}, "split: axis 0 is out of range for (), which has 0 axes"},
                {[] { return split(ones({3}), 0); }, "split: size 0 is not positive"},
                {[] { return split(ones({3}), -1); }, "split: size -1 is not positive"}}},
    {.name = "split of nothing",
     .function = [](const Tensors& in) { return split(in[0], 3); },
     .reference = first_axis({0}),
     .samples = {{reals({0})}, {reals({0, 2})}}},
    {.name = "split in given sizes",
     .function =
         [](const Tensors& in) {
           return split(in[0], {1, 0, 3}, -1);
         },
     .reference =
         [](const Tensors& in) {
           return Tensors{columns(in[0], 0, 1), columns(in[0], 1, 0), columns(in[0], 1, 3)};
         },
     .samples = {{reals({2, 4})}, {reals({0, 4})}},
     .errors = {{{reals({2, 3})}, "split: sizes (1, 0, 3) add up to 4, axis 1 of (2, 3) has 3"},
                {[] {
                   return split(ones({2}), {3, -1});
                 },
                 "split: negative size in (3, -1)"}}},
    {.name = "chunk",
     .function = [](const Tensors& in) { return chunk(in[0], 4); },
     .reference = first_axis({2, 2, 1}),
     .samples = {{reals({5})}, {reals({5, 2, 2})}},
     .errors = {{{reals({})}, "chunk: axis 0 is out of range for (), which has 0 axes"},
                {[] { return chunk(ones({3}), 0); },
                 "chunk: the number of chunks 0 is not positive"}}},
    {.name = "chunk of nothing",
     .function = [](const Tensors& in) { return chunk(in[0], 2); },
     .reference = first_axis({0, 0}),
     .samples = {{reals({0, 2})}}},
    {.name = "unbind",
     .function = [](const Tensors& in) { return unbind(in[0]); },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           const Shape row(std::span<const std::int64_t>(s.begin() + 1, s.end()));
           Tensors rows;
           for (std::int64_t i = 0; i < s[0]; ++i) rows.push_back(rows_from(in[0], i, row));
           return rows;
         },
     .samples =
         {{reals({3})}, {reals({2, 3})}, {reals({2, 0})}, {reals({1, 2, 2})}, {flags({2, 3})}},
     .errors = {{{reals({})}, "unbind: axis 0 is out of range for (), which has 0 axes"}}},
    {.name = "unbind the last axis",
     .function = [](const Tensors& in) { return unbind(in[0], -1); },
     .reference =
         [](const Tensors& in) {
           Tensors parts;
           for (std::int64_t k = 0; k < 2; ++k)
             parts.push_back(
                 build({3}, in[0].dtype(), [&](std::int64_t i) { return at(in[0], 2 * i + k); }));
           return parts;
         },
     .samples = {{reals({3, 2})}}},
});

}  // namespace
