// Faults that sit in the graph: cut edges, second order, stale and overwritten values, chance.

#include <cmath>

#include "autograd/planted_faults/faults.hpp"

namespace {

using namespace planted;

// A rule that only a kernel knows: it is not recorded.
Tensor kernel_rule(const Grad& g) {
  const NoGrad no_grad;
  return g.dy * exp(g.in(0));
}

// exp, with noise in the value or in the gradient that differs from call to call.
Tensor noisy(const Tensor& x, double value_noise, double gradient_noise) {
  static int calls = 0;
  return elementwise(
      "planted", {x}, [value_noise](double v) { return std::exp(v) + value_noise * ++calls; },
      [gradient_noise](const Grad& g) { return g.dy * (g.out() + gradient_noise * ++calls); });
}

// exp, whose rule uses the output of the call before this one if `wrong`.
Tensor stale(const Tensor& x, bool wrong) {
  static std::vector<double> last(3, 1);
  const std::vector<double> before = last;
  Tensor y = elementwise(
      "planted", {x}, [](double v) { return std::exp(v); },
      [wrong, before](const Grad& g) { return g.dy * (wrong ? from_data(before, {3}) : g.out()); });
  last = y.to_vector<double>();
  return y;
}

// exp(2x), by a rule that contains it again with a rule of its own.
Tensor exp_twice(const Tensor& x, double inner_factor) {
  const auto f = [](double v) { return std::exp(2 * v); };
  return elementwise("planted", {x}, f, [=](const Grad& g) {
    return 2 * g.dy * elementwise("inner", {g.in(0)}, f, [=](const Grad& h) {
             return h.dy * (inner_factor * h.out());
           });
  });
}

const char second[] = "wrong second-order gradient";
const char by_dy[] = "with respect to the output's gradient";

const Register family({
    // Edges cut, at first order.
    {"one factor detached",
     [](const Tensors& in, bool w) { return in[0] * (w ? in[0].detach() : in[0]); }, one({3})},
    {"a normalisation by a detached mean",
     [](const Tensors& in, bool w) {
       const Tensor m = mean(in[0]);
       return in[0] - (w ? m.detach() : m);
     },
     one({4})},
    {"a subexpression computed under NoGrad",
     [](const Tensors& in, bool w) {
       const auto scale = [&] {
         const GradModeGuard mode(!w);
         return exp(in[0]);
       };
       return in[0] * scale();
     },
     one({3})},
    {"computed under NoGrad",
     [](const Tensors& in, bool w) {
       const GradModeGuard mode(!w);
       return exp(in[0]);
     },
     one({3}), "cut off from the inputs"},
    {"an intermediate rounded to float32",
     [](const Tensors& in, bool w) { return exp(to(to(in[0], w ? float32 : float64), float64)); },
     one({3}), "computes in float32"},

    // Right at first order, wrong at second.
    {"a saved output cut from the graph",
     unary(std::exp, [](const Grad& g, bool w) { return g.dy * (w ? g.out().detach() : g.out()); }),
     one({3}), second},
    {"a saved input cut from the graph",
     unary([](double x) { return x * x; },
           [](const Grad& g, bool w) { return g.dy * 2 * (w ? g.in(0).detach() : g.in(0)); }),
     one({3}), second},
    {"the mixed derivative cut",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return g.dy * (w ? g.in(0).detach() : g.in(0)); }),
     two({3}), second},
    {"a second derivative of the wrong sign",
     unary([](double x) { return x * x; },
           [](const Grad& g, bool w) {
             const Tensor x = g.in(0);
             return g.dy * 2 * (w ? 2 * x.detach() - x : x);
           }),
     one({3}), second},
    {"a kernel as a rule",
     [](const Tensors& in, bool w) {
       if (!w) return exp(in[0]);
       return elementwise(
           "planted", {in[0]}, [](double x) { return std::exp(x); }, kernel_rule);
     },
     one({3}), by_dy},
    {"dy cut from the graph",
     unary(std::exp, [](const Grad& g, bool w) { return (w ? g.dy.detach() : g.dy) * g.out(); }),
     one({3}), by_dy},
    {"dy cut from the graph in one element",
     unary(std::exp,
           [](const Grad& g, bool w) {
             const Tensor hit = eq(arange(6, float64), w ? 4 : -1);
             return where(hit, g.dy.detach(), g.dy) * g.out();
           }),
     one({6}), by_dy},
    {"the recorded branch of a rule differs",
     unary(std::exp, [](const Grad& g,
                        bool w) { return g.dy * g.out() * (w && GradMode::enabled() ? 1.1 : 1); }),
     one({3}), "when its own graph is recorded"},
    {"a wrong rule inside a rule",
     [](const Tensors& in, bool w) { return exp_twice(in[0], w ? 1 : 2); }, one({3}), second},

    // Values that are not those of the forward pass.
    {"a value of the call before", [](const Tensors& in, bool w) { return stale(in[0], w); },
     one({3}), "gradient"},
    {"a saved value that is overwritten",
     [](const Tensors& in, bool w) {
       const Tensor factor = full({3}, 2, float64);
       Tensor y = in[0] * factor;
       if (w) fill_(factor, 3);
       return y;
     },
     one({3}), "was overwritten"},
    {"an overwritten value that nobody noticed",
     [](const Tensors& in, bool w) {
       const Tensor factor = full({3}, 2, float64);
       Tensor y = in[0] * factor;
       if (w) factor.data<double>()[1] = 3;
       return y;
     },
     one({3})},

    // Side effects and chance.
    {"a value that depends on the call",
     [](const Tensors& in, bool w) { return noisy(in[0], w ? 1e-12 : 0, 0); }, one({3}),
     "different values for the same inputs"},
    {"a gradient that depends on the call",
     [](const Tensors& in, bool w) { return noisy(in[0], 0, w ? 1e-12 : 0); }, one({3}),
     "different gradients for the same inputs"},
    {"a mask that backward draws anew",
     [](const Tensors& in, bool w) {
       const GeneratorState here{7, 0};
       set_generator_state(here);
       const Tensor mask = to(bernoulli({8}, 0.5), float64);
       return in[0] * mask + with_gradient(in[0], [w](const Grad& g) {
                return w ? g.dy * to(bernoulli({8}, 0.5), float64) * 2 : 1 * g.dy;
              });
     },
     one({8}), ""},
    {"backward writes to the gradient that it is given",
     unary(std::exp,
           [](const Grad& g, bool w) {
             Tensor dx = g.dy * g.out();
             if (w) g.dy.data<double>()[0] = 3;
             return dx;
           }),
     one({3}), "a backward rule wrote to the gradient that it was given"},
    {"backward writes to an input",
     unary([](double x) { return 2 * x; },
           [](const Grad& g, bool w) {
             if (w) g.in(0).data<double>()[0] = 3;
             return 2 * g.dy;
           }),
     one({3}), "wrote to input0"},
    {"forward writes to an input",
     [](const Tensors& in, bool w) {
       if (w) in[1].data<double>()[0] = 3;
       return exp(in[0]);
     },
     two({3}), "wrote to input1"},
});

}  // namespace
