// Operations that a user writes get the same checks as ours. These are as a user would write them.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// One input, one rule; nothing said about what to save.
Tensor cube(const Tensor& x, Site site = {}) {
  return apply(
      {"cube", site}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) {
        const Tensor v = contiguous(in[0]);
        dispatch_floating(y.dtype(), [&]<class T>() {
          for (std::int64_t i = 0; i < y.numel(); ++i) {
            const T e = v.data<T>()[i];
            y.data<T>()[i] = e * e * e;
          }
        });
      },
      [](const Grad& g) { return g.dy * (3 * square(g.in(0))); });
}

// rows * factors + offset: two differentiable inputs, one without a gradient, one rule for all.
Tensor scale_rows(const Tensor& x, const Tensor& factors, const Tensor& steps, Site site = {}) {
  const Op op{"scale_rows", Save::input(0) | Save::input(1), site};
  detail::check_defined(op, {x, factors, steps});
  if (x.rank() != 2 || factors.shape() != Shape{x.size(0)} || steps.shape() != factors.shape()) {
    throw ShapeError("scale_rows: rows of " + x.shape().str() + " do not match " +
                         factors.shape().str() + " and " + steps.shape().str(),
                     op.site);
  }
  return apply(
      op, {x, factors, steps}, x.spec(),
      [](const Inputs& in, const Tensor& y) {
        const Tensor v = contiguous(in[0]), f = contiguous(in[1]), s = contiguous(in[2]);
        dispatch_floating(y.dtype(), [&]<class T>() {
          const std::int64_t width = y.size(1);
          for (std::int64_t i = 0; i < y.numel(); ++i) {
            const std::int64_t row = i / width;
            y.data<T>()[i] = v.data<T>()[i] * f.data<T>()[row] + T(s.data<std::int64_t>()[row]);
          }
        });
      },
      [](const Grad& g) {
        Tensors gradients(3);
        if (g.needs(0)) gradients[0] = g.dy * unsqueeze(g.in(1), 1);
        if (g.needs(1)) gradients[1] = sum(g.dy * g.in(0), 1);
        return gradients;
      });
}

// Two results with gradients, one integer and one that is a constant for differentiation. A rule
// takes the gradients that there are, or zeros for those that there are not.
Tensors polar(const Tensor& x, const Tensor& y, Site site = {}) {
  const Op op{"polar", Save::inputs() | Save::output(0), site};
  return apply(
      op, {x, y}, {x.spec(), x.spec(), Spec{x.spec().shape, int64}, {x.spec(), no_gradient}},
      [](const Inputs& in, const Tensors& out) {
        const Tensor a = contiguous(in[0]), b = contiguous(in[1]);
        dispatch_floating(a.dtype(), [&]<class T>() {
          for (std::int64_t i = 0; i < a.numel(); ++i) {
            const T u = a.data<T>()[i], v = b.data<T>()[i];
            out[0].data<T>()[i] = std::sqrt(u * u + v * v);
            out[1].data<T>()[i] = std::atan2(v, u);
            out[2].data<std::int64_t>()[i] = (v < 0) * 2 + (u < 0);
            out[3].data<T>()[i] = std::max(std::abs(u), std::abs(v));
          }
        });
      },
      [](const Grad& g) {
        const Tensor &radius = g.dy_of(0), &angle = g.dy_of(1);
        const Tensor r = g.out(0);
        if (!angle.defined()) return radius * g.in(0) / r;
        const Tensor turn = -angle * g.in(1) / square(r);
        return radius.defined() ? radius * g.in(0) / r + turn : turn;
      },
      [](const Grad& g) {
        const Tensor r = g.out(0);
        return g.dy_or_zeros(0) * g.in(1) / r + g.dy_or_zeros(1) * g.in(0) / square(r);
      });
}

// A composition needs no rule at all; its nodes name the line that called it.
Tensor softsign(const Tensor& x, Site site = {}) {
  const SiteScope scope(site);
  return x / (1 + abs(x));
}

const Register here({
    {.name = "cube",
     .function = [](const Tensors& in) { return cube(in[0]); },
     .reference = each([](double x) { return x * x * x; }),
     .samples = {{reals({2, 3})}},
     .errors = {{[] { return cube(Tensor()); }, "cube: input 0 is an undefined tensor"}},
     .elementwise = true},
    {.name = "scale_rows",
     .function = [](const Tensors& in) { return scale_rows(in[0], in[1], in[2]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].size(1);
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return at(in[0], i) * at(in[1], i / width) + at(in[2], i / width);
           });
         },
     .samples = {{reals({2, 3}), reals({2}), integers({2}, -9, 9)},
                 {reals({0, 3}), reals({0}), integers({0}, -9, 9)}},
     .errors = {{{reals({2, 3}), reals({3}), integers({2}, 0, 1)},
                 "scale_rows: rows of (2, 3) do not match (3,) and (2,)"}}},
    {.name = "polar",
     .function = [](const Tensors& in) { return polar(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const auto made = [&](Dtype dtype, auto f) {
             return build(in[0].shape(), dtype,
                          [&](std::int64_t i) { return f(at(in[0], i), at(in[1], i)); });
           };
           return Tensors{
               made(float64, [](double u, double v) { return std::sqrt(u * u + v * v); }),
               made(float64, [](double u, double v) { return std::atan2(v, u); }),
               made(int64, [](double u, double v) { return (v < 0) * 2 + (u < 0); }),
               made(float64,
                    [](double u, double v) { return std::max(std::fabs(u), std::fabs(v)); })};
         },
     .samples = {{reals({2, 3}, 0.5, 2), reals({2, 3}, -2, -0.5)}, {reals({0}), reals({0})}},
     .errors = {{[] { return polar(ones({2}), Tensor()); },
                 "polar: input 1 is an undefined tensor"}},
     .constants = {3},
     .extremes = false},  // its squares overflow
    {.name = "softsign",
     .function = [](const Tensors& in) { return softsign(in[0]); },
     .reference = each([](double x) { return x / (1 + (x < 0 ? -x : x)); }),
     .samples = {{reals({2, 3}).away_from({0})}},
     .infinities = true},
});

}  // namespace
