// Faults between several inputs: whose gradient it is, broadcasting, layouts, what rules return.

#include <cmath>

#include "autograd/planted_faults/faults.hpp"

namespace {

using namespace planted;

// What a loop reads that takes a matrix for dense.
Tensor as_if_dense(const Tensor& x) { return alias(x, x.shape(), contiguous_strides(x.shape())); }

// a * b, with rules that go through `read`.
template <class Read>
Tensor times(const Tensor& a, const Tensor& b, Read read) {
  return composed(
      "planted", {a, b}, a.spec(), [](const Inputs& in) { return in[0] * in[1]; },
      [=](const Grad& g) { return read(g.dy) * read(g.in(1)); },
      [=](const Grad& g) { return read(g.dy) * read(g.in(0)); });
}

// Row sums of x * b, where b is one row: y = (x * b) 1.
Faulty weighted_rows(Rule of_row) {
  return [=](const Tensors& in, bool wrong) {
    return composed(
        "planted", {in[0], in[1]}, in[0].spec(), [](const Inputs& x) { return x[0] * x[1]; },
        [](const Grad& g) { return g.dy * g.in(1); },
        [=](const Grad& g) { return of_row(g, wrong); });
  };
}

const Register family({
    {"inputs exchanged",
     binary(
         product, [](const Grad& g, bool w) { return g.dy * g.in(w ? 0 : 1); },
         [](const Grad& g, bool w) { return g.dy * g.in(w ? 1 : 0); }),
     two({2, 3})},
    {"the sign of the second input",
     binary([](double a, double b) { return a - b; }, [](const Grad& g, bool) { return 1 * g.dy; },
            [](const Grad& g, bool w) { return (w ? 1 : -1) * g.dy; }),
     two({2, 3})},
    {"no gradient for the second input",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return (w ? 0 : 1) * (g.dy * g.in(0)); }),
     two({2, 3})},
    {"an undefined gradient",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return w ? Tensor() : g.dy * g.in(0); }),
     two({2, 3})},
    {"a quotient's square left out",
     binary(
         quotient, [](const Grad& g, bool) { return g.dy / g.in(1); },
         [](const Grad& g, bool w) { return -(g.dy * g.in(0)) / (w ? g.in(1) : square(g.in(1))); }),
     two({5}, 0.5, 2)},
    {"an exponent's logarithm left out",
     binary(
         std::pow, [](const Grad& g, bool) { return g.dy * g.in(1) * pow(g.in(0), g.in(1) - 1); },
         [](const Grad& g, bool w) {
           return g.dy * g.out() * (w ? ones({}, float64) : log(g.in(0)));
         }),
     two({4}, 0.5, 2)},
    {"one input used twice, counted once",
     [](const Tensors& in, bool w) {
       return composed(
           "planted", {in[0], in[0]}, in[0].spec(), [](const Inputs& x) { return x[0] * x[1]; },
           [](const Grad& g) { return g.dy * g.in(1); },
           [w](const Grad& g) { return (w ? 0 : 1) * (g.dy * g.in(0)); });
     },
     one({3})},
    {"one input used twice, counted three times",
     [](const Tensors& in, bool w) {
       return with_gradient(in[0], [w](const Grad& g) { return (w ? 2 : 1) * g.dy; }) + in[0];
     },
     one({3})},

    // Broadcasting.
    {"a broadcast input that gets a mean instead of a sum",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return w ? mean(g.dy * g.in(0)) : sum(g.dy * g.in(0)); }),
     both({5}, {})},
    {"a broadcast row that gets the first row's gradient", weighted_rows([](const Grad& g, bool w) {
       const Tensor all = g.dy * g.in(0);
       return w ? select(all, 0, 0) : sum(all, 0);
     }),
     both({4, 3}, {3})},
    {"summed over the wrong axis",
     weighted_rows([](const Grad& g, bool w) { return sum(g.dy * g.in(0), w ? 1 : 0); }),
     both({3, 3}, {3})},
    {"broadcast back, without the sum",
     [](const Tensors& in, bool w) {
       return composed(
           "planted", {in[0]}, {{4, 3}, float64},
           [](const Inputs& x) {
             return broadcast_to(x[0], {4, 3});
           },
           [w](const Grad& g) { return w ? slice(g.dy, 0, 3) : sum(g.dy, 0, keepdims); });
     },
     one({1, 3})},

    // Layouts.
    {"wrong for a transposed input",
     [](const Tensors& in, bool w) {
       return times(transpose(in[0]), in[1],
                    [w](const Tensor& x) { return w ? as_if_dense(x) : x; });
     },
     two({3, 3})},
    {"wrong for a transposed incoming gradient",
     [](const Tensors& in, bool w) {
       const Tensor y =
           with_gradient(in[0], [w](const Grad& g) { return (w ? as_if_dense(g.dy) : g.dy) * 1; });
       return transpose(y) * in[1];
     },
     two({3, 3})},
    {"transposed",
     [](const Tensors& in, bool w) {
       return composed(
           "planted", {in[0], in[1]}, {{3, 3}, float64},
           [](const Inputs& x) { return matmul(x[0], x[1]); },
           [w](const Grad& g) { return matmul(g.dy, w ? g.in(1) : transpose(g.in(1))); },
           [](const Grad& g) { return matmul(transpose(g.in(0)), g.dy); });
     },
     two({3, 3})},
    {"factors in the wrong order",
     [](const Tensors& in, bool w) {
       return composed(
           "planted", {in[0], in[1]}, {{3, 3}, float64},
           [](const Inputs& x) { return matmul(x[0], x[1]); },
           [](const Grad& g) { return matmul(g.dy, transpose(g.in(1))); },
           [w](const Grad& g) {
             const Tensor a = transpose(g.in(0));
             return w ? matmul(g.dy, a) : matmul(a, g.dy);
           });
     },
     two({3, 3})},

    // What a rule returns and reads.
    {"a gradient of the wrong shape",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return w ? slice(g.dy, 0, 1) : g.dy * g.in(0); }),
     two({5}), "its backward rule returned a gradient of float64 (4,) for input 1 of float64 (5,)"},
    {"a gradient of the wrong dtype",
     unary(std::exp,
           [](const Grad& g, bool w) { return to(g.dy * g.out(), w ? float32 : float64); }),
     one({2, 3}), "its backward rule returned a gradient of float32 (2, 3)"},
    {"a rule that reads what was not saved",
     [](const Tensors& in, bool w) {
       return apply(
           {"planted", w ? Save::nothing() : Save::inputs(), {}}, {in[0]}, in[0].spec(),
           [](const Inputs& x, const Tensor& y) { copy_(y, square(x[0])); },
           [](const Grad& g) { return g.dy * (2 * g.in(0)); });
     },
     one({3}), "its backward rule reads input 0, which the operation does not save"},
});

}  // namespace
