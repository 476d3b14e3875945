#include <cinta/ops/creation.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <span>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// NumPy's rules in plain loops: what has one axis gets a second one, which goes again at the end.
Tensor product(const Tensors& in) {
  const bool row = in[0].rank() == 1, column = in[1].rank() == 1;
  const std::int64_t m = row ? 1 : in[0].size(-2), k = in[0].size(-1);
  const std::int64_t n = column ? 1 : in[1].size(-1);
  const auto leading = [](const Tensor& x) {
    Shape shape = Shape::filled(std::max(x.rank() - 2, 0));
    for (int i = 0; i < shape.rank(); ++i) shape[i] = x.shape()[i];
    return shape;
  };
  const Shape a = leading(in[0]), b = leading(in[1]), batch = broadcast_shapes("reference", a, b);
  std::vector<std::int64_t> sizes(batch.begin(), batch.end());
  if (!row) sizes.push_back(m);
  if (!column) sizes.push_back(n);
  return build(Shape(std::span<const std::int64_t>(sizes)), float64, [&](std::int64_t flat) {
    const std::int64_t matrix = flat / (m * n), i = flat / n % m, j = flat % n;
    const std::int64_t first_a = source_of(matrix, batch, a) * m * k,
                       first_b = source_of(matrix, batch, b) * k * n;
    double sum = 0;
    for (std::int64_t c = 0; c < k; ++c)
      sum += at(in[0], first_a + i * k + c) * at(in[1], first_b + c * n + j);
    return sum;
  });
}

// x (..., in) times weight (out, in) transposed, plus bias.
Tensor affine(const Tensors& in) {
  const std::int64_t inner = in[1].size(1), outer = in[1].size(0);
  Shape shape = in[0].shape();
  shape[shape.rank() - 1] = outer;
  return build(shape, float64, [&](std::int64_t flat) {
    const std::int64_t row = flat / outer, j = flat % outer;
    double sum = in.size() > 2 ? at(in[2], j) : 0;
    for (std::int64_t c = 0; c < inner; ++c)
      sum += at(in[0], row * inner + c) * at(in[1], j * inner + c);
    return sum;
  });
}

const Register here({
    {.name = "matmul",
     .function = [](const Tensors& in) { return matmul(in[0], in[1]); },
     .reference = product,
     .samples = {{reals({2, 3}), reals({3, 4})},
                 {reals({3}), reals({3})},
                 {reals({3}), reals({3, 2})},
                 {reals({2, 3}), reals({3})},
                 {reals({1}), reals({1})},
                 {reals({1, 1}), reals({1, 1})},
                 {reals({1, 4}), reals({4, 3})},
                 {reals({4, 3}), reals({3, 1})},
                 {reals({2, 1}), reals({1, 3})},
                 {reals({2, 2, 3}), reals({2, 3, 2})},
                 {reals({2, 2, 3}), reals({3, 2})},
                 {reals({2, 3}), reals({2, 3, 2})},
                 {reals({2, 1, 2, 2}), reals({3, 2, 1})},
                 {reals({2, 3, 2, 1}), reals({3, 1, 2})},
                 {reals({1, 3, 1, 2}), reals({2, 3, 2, 2})},
                 {reals({2, 2, 3}), reals({3})},
                 {reals({3}), reals({2, 3, 2})},
                 {reals({1, 2, 2}), reals({2, 2, 2})},
                 {reals({5, 9}), reals({9, 5})}},
     .errors =
         {{{reals({128, 256}), reals({11, 1})},
           "matmul: (128, 256) x (11, 1): inner sizes 256 and 11 differ"},
          {{reals({3}), reals({4})}, "matmul: (3,) x (4,): inner sizes 3 and 4 differ"},
          {{reals({3}), reals({2, 4, 5})}, "matmul: (3,) x (2, 4, 5): inner sizes 3 and 4 differ"},
          {{reals({}), reals({3})}, "matmul: () x (3,): both need at least one axis"},
          {{reals({2, 2, 3}), reals({4, 3, 2})},
           "matmul: (2, 2, 3) x (4, 3, 2): leading sizes 2 and 4 do not broadcast"},
          {{integers({2, 2}, 0, 1), reals({2, 2})},
           "matmul: needs floating dtypes, got int64 and float64"},
          {{reals({2, 2}), flags({2, 2})}, "matmul: needs floating dtypes, got float64 and bool"},
          {[] { return matmul(Tensor(), ones({2})); }, "matmul: input 0 is an undefined tensor"}}},
    // Without elements there is no NaN to look for.
    {.name = "matmul without elements",
     .function = [](const Tensors& in) { return matmul(in[0], in[1]); },
     .reference = product,
     .samples = {{reals({2, 0}), reals({0, 3})},
                 {reals({0}), reals({0})},
                 {reals({0, 3}), reals({3, 2})},
                 {reals({2, 3}), reals({3, 0})},
                 {reals({0, 2, 3}), reals({3, 2})},
                 {reals({2, 2, 0}), reals({0, 2})}},
     .propagates_nan = false},
    {.name = "linear",
     .function = [](const Tensors& in) { return linear(in[0], in[1], in[2]); },
     .reference = affine,
     .samples = {{reals({3, 2}), reals({4, 2}), reals({4})},
                 {reals({2}), reals({3, 2}), reals({3})},
                 {reals({2, 2, 3}), reals({2, 3}), reals({2})},
                 {reals({1, 1}), reals({1, 1}), reals({1})},
                 {reals({5, 9}), reals({3, 9}), reals({3})}},
     .errors =
         {{{reals({4, 3}), reals({2, 5}), reals({2})},
           "linear: x float64 (4, 3), weight float64 (2, 5), bias float64 (2,): inner sizes "
           "3 and 5 differ"},
          {{reals({4, 3}), reals({2, 3}), reals({3})},
           "linear: x float64 (4, 3), weight float64 (2, 3), bias float64 (3,): output sizes "
           "2 and 3 differ"},
          {{reals({}), reals({2, 3}), reals({2})},
           "linear: x float64 (), weight float64 (2, 3), bias float64 (2,): x needs (..., "
           "in), weight (out, in), bias (out,)"},
          {{reals({3}), reals({3}), reals({2})},
           "linear: x float64 (3,), weight float64 (3,), bias float64 (2,): x needs (..., "
           "in), weight (out, in), bias (out,)"},
          {{integers({4, 3}, 0, 1), reals({2, 3}), reals({2})},
           "linear: x int64 (4, 3), weight float64 (2, 3), bias float64 (2,): needs one "
           "floating dtype for all; convert with to()"},
          {[] {
             return linear(ones({4, 3}), ones({2, 3}, float64));
           },
           "linear: x float32 (4, 3), weight float64 (2, 3): needs one floating dtype for all; "
           "convert with to()"},
          {[] { return linear(ones({3}), ones({3})); },
           "linear: x float32 (3,), weight float32 (3,): x needs (..., in), weight (out, "
           "in)"},
          {[] { return linear(ones({3}), Tensor()); }, "linear: input 1 is an undefined tensor"}}},
    {.name = "linear without bias",
     .function = [](const Tensors& in) { return linear(in[0], in[1]); },
     .reference = affine,
     .samples = {{reals({3, 2}), reals({4, 2})}, {reals({3}), reals({2, 3})}}},
    {.name = "linear without elements",
     .function = [](const Tensors& in) { return linear(in[0], in[1], in[2]); },
     .reference = affine,
     .samples = {{reals({0, 2}), reals({3, 2}), reals({3})},
                 {reals({2, 0}), reals({3, 0}), reals({3})},
                 {reals({2, 3}), reals({0, 3}), reals({0})}},
     .propagates_nan = false},
});

}  // namespace
