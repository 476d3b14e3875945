// A network whose hidden layer is the solution of an equation, z = tanh(w z + u x + b), found by
// repetition. Its gradient is one linear solve: nothing of the repetition is recorded.

#include <cinta/cinta.hpp>
#include <cstdio>

#include "../common/flags.hpp"

using namespace cinta;

namespace {

constexpr std::int64_t units = 12, repetitions = 80;

struct Net : nn::Module {
  const Tensor w = add("w", Tensor(0.5 * randn({units, units})));
  const Tensor u = add("u", randn({2, units})), b = add("b", zeros({units}));
  const nn::Linear last = add("last", nn::Linear(units, 1));

  // The equation's right side. Rows of w are scaled to sums below 1, so that repeating it comes to
  // one point, from wherever it begins.
  Tensor step(const Tensor& z, const Tensor& x) const {
    const Tensor rows = w / (1 + sum(abs(w), 1, keepdims));
    return tanh(matmul(z, transpose(rows)) + matmul(x, u) + b);
  }
  Tensor repeated(const Tensor& x) const {
    Tensor z = zeros({x.size(0), units});
    for (std::int64_t i = 0; i < repetitions; ++i) z = step(z, x);
    return z;
  }
  Tensor hidden(const Tensor& x) const {
    const NoGrad no_grad;
    return repeated(x);
  }
  Tensor forward(const Tensor& x) const {
    // The solve for the gradient repeats as well: it has the same contraction, turned over.
    const auto series = [](const LinearMap& product, const Tensor& right) {
      Tensor v = right;
      for (std::int64_t i = 0; i < repetitions; ++i) v = right + v - product(v);
      return v;
    };
    const Equation equation = [this](const Tensor& z, const Tensors& p) { return step(z, p[0]); };
    return last(implicit_fixed_point(hidden(x), equation, {x}, {.solve = series}));
  }
};

void train_net() {
  manual_seed(3);
  const Net net;
  // Points of a square, by the sign of their product.
  const Tensor x = 2.0 * rand({200, 2}) - 1.0;
  const Tensor y = to(gt(slice(x, 1, 0, 1) * slice(x, 1, 1, 2), 0), float32);
  const auto loss_of = [&](const Tensor& logits) {
    return binary_cross_entropy_with_logits(logits, y);
  };

  // The gradient through all repetitions, which are recorded for it, is the same.
  const Tensors weights{net.w, net.u, net.b};
  const Tensors implicit = grad({loss_of(net.forward(x))}, weights),
                unrolled = grad({loss_of(net.last(net.repeated(x)))}, weights);
  double difference = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    difference = std::max(
        difference, max(abs(implicit[i] - unrolled[i])).item() / max(abs(unrolled[i])).item());

  const double first = loss_of(net.forward(x)).item();
  optim::Adam opt(net.parameters(), {.lr = 0.03});
  for (int epoch = 0; epoch < 200; ++epoch) {
    opt.zero_grad();
    loss_of(net.forward(x)).backward();
    opt.step();
  }
  const Tensor logits = net.forward(x).detach();
  const double right = mean(to(eq(gt(logits, 0), gt(y, 0)), float32)).item();
  std::printf("gradients differ by %.1e\nloss %.4f at first, %.4f at last\naccuracy %.3f\n",
              difference, first, loss_of(logits).item(), right);
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("implicit_layer", [&] {
    CLI::App app("Trains a network whose hidden layer solves an equation.", "implicit_layer");
    if (example::parse(app, argc, argv)) train_net();
  });
}
