#include <cinta/ops/nn/bilinear.hpp>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

Tensor reference(const Tensors& in) {
  const Tensor &x1 = in[0], &x2 = in[1], &weight = in[2];
  const std::int64_t out = weight.shape()[0], m = weight.shape()[1], n = weight.shape()[2];
  Shape shape = x1.shape();
  shape[shape.rank() - 1] = out;
  return build(shape, float64, [&](std::int64_t i) {
    const std::int64_t row = i / out, o = i % out;
    double sum = in.size() > 3 ? at(in[3], o) : 0;
    for (std::int64_t j = 0; j < m; ++j)
      for (std::int64_t k = 0; k < n; ++k)
        sum += at(x1, row * m + j) * at(weight, (o * m + j) * n + k) * at(x2, row * n + k);
    return sum;
  });
}

const Register here({
    {.name = "bilinear",
     .function =
         [](const Tensors& in) {
           return bilinear(in[0], in[1], in[2], in.size() > 3 ? in[3] : Tensor());
         },
     .reference = reference,
     .samples = {{reals({4, 2}), reals({4, 3}), reals({5, 2, 3}), reals({5})},
                 {reals({2}), reals({3}), reals({1, 2, 3})},
                 {reals({2, 2, 3}), reals({2, 2, 1}), reals({2, 3, 1}), reals({2})},
                 {reals({0, 2}), reals({0, 3}), reals({2, 2, 3})}},
     .errors = {{{reals({4, 2}), reals({3, 3}), reals({5, 2, 3})},
                 "bilinear: x1 float64 (4, 2), x2 float64 (3, 3), weight float64 (5, 2, 3): needs "
                 "(..., in1), (..., in2), weight (out, in1, in2)"},
                {{reals({4, 2}), reals({4, 3}), reals({5, 3, 2})},
                 "bilinear: x1 float64 (4, 2), x2 float64 (4, 3), weight float64 (5, 3, 2): needs "
                 "(..., in1), (..., in2), weight (out, in1, in2)"},
                {{reals({4, 2}), reals({4, 3}), reals({5, 2, 3}), reals({4})},
                 "bilinear: x1 float64 (4, 2), x2 float64 (4, 3), weight float64 (5, 2, 3), bias "
                 "float64 (4,): needs (..., in1), (..., in2), weight (out, in1, in2), bias (out,)"},
                {[] {
                   return bilinear(ones({1, 2}), ones({1, 2}, float64), ones({1, 2, 2}));
                 },
                 "bilinear: x1 float32 (1, 2), x2 float64 (1, 2), weight float32 (1, 2, 2): needs "
                 "one floating dtype for all; convert with to()"}},
     .propagates_nan = false,
     .infinities = false,  // which cancel in sums of products
     .extremes = false,
     .refuses_undefined = false},  // an undefined bias is none
});

}  // namespace
