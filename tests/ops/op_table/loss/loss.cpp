#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/loss/loss.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

constexpr double inf = std::numeric_limits<double>::infinity();

template <class F>
check::Function each(Reduction reduction, F f) {
  return [=](const Tensors& in) { return reduced(op_table::each(f)(in)[0], reduction); };
}

double squared(double p, double t) { return (p - t) * (p - t); }
double absolute(double p, double t) { return std::fabs(p - t); }
double logistic(double x, double t) {
  const double against = x > 0 ? 1 - t : t;  // at infinite logits, the limit
  if (std::isinf(x)) return against == 0 ? 0 : inf * against;
  return std::isinf(t) ? -t * x : t * softplus_of(-x) + (1 - t) * softplus_of(x);
}

check::Function cross_entropies(Reduction reduction) {
  return [=](const Tensors& in) {
    const std::int64_t classes = in[0].shape()[1];
    const Tensor losses = build(in[1].shape(), float64, [&](std::int64_t row) {
      const auto logit = [&](double k) { return at(in[0], row * classes + std::int64_t(k)); };
      double top = -inf, sum = 0;
      for (std::int64_t k = 0; k < classes; ++k) top = std::fmax(top, logit(double(k)));
      // Infinite logits share all there is.
      const auto less_top = [&](double v) { return v == inf ? 0 : v - top; };
      for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(less_top(logit(double(k))));
      return std::log(sum) - less_top(logit(at(in[1], row)));
    });
    return reduced(losses, reduction);
  };
}

const std::vector<check::Sample> any_pairs = pairs(reals({}), reals({}));
const std::vector<check::Sample> distinct_pairs = pairs(reals({}).distinct(), reals({}).distinct());
const std::vector<check::Sample> probabilities = pairs(reals({}, -4, 4), reals({}, 0, 1));
const std::vector<check::Sample> labelled = {
    {reals({4, 3}), integers({4}, 0, 2)},     {reals({1, 1}), integers({1}, 0, 0)},
    {reals({0, 3}), integers({0}, 0, 2)},     {reals({3, 17}), integers({3}, 0, 16)},
    {reals({2, 1100}), integers({2}, 0, 99)}, {reals({5, 2}, -60, 60), integers({5}, 0, 1)}};

const Register here({
    {.name = "mse_loss",
     .function = [](const Tensors& in) { return mse_loss(in[0], in[1]); },
     .reference = each(Reduction::mean, squared),
     .samples = any_pairs,
     .errors = {{{reals({2, 3}), reals({3})},
                 "mse_loss: prediction (2, 3) and target (3,) must have the same shape"},
                {{reals({3, 1}), reals({3})},
                 "mse_loss: prediction (3, 1) and target (3,) must have the same shape"},
                {{integers({2}, 0, 3), reals({2})},
                 "mse_loss: prediction must be floating, got int64"},
                {{reals({2}), flags({2})}, "mse_loss: target must be floating, got bool"},
                {[] { return mse_loss(ones({2}), Tensor()); },
                 "mse_loss: input 1 is an undefined tensor"}}},
    {.name = "mse_loss, sum",
     .function = [](const Tensors& in) { return mse_loss(in[0], in[1], Reduction::sum); },
     .reference = each(Reduction::sum, squared),
     .samples = any_pairs},
    {.name = "mse_loss, none",
     .function = [](const Tensors& in) { return mse_loss(in[0], in[1], Reduction::none); },
     .reference = each(Reduction::none, squared),
     .samples = any_pairs},
    {.name = "mse_loss of two dtypes",
     .function =
         [](const Tensors& in) {
           const Tensor loss = mse_loss(in[0], to(in[1], float64));
           return to(loss, in[0].dtype());
         },
     .reference = each(Reduction::mean, squared),
     .samples = {{reals({2, 3}), reals({2, 3})}}},
    {.name = "l1_loss",
     .function = [](const Tensors& in) { return l1_loss(in[0], in[1]); },
     .reference = each(Reduction::mean, absolute),
     .samples = distinct_pairs,
     .errors = {{{reals({2, 3}), reals({2, 1})},
                 "l1_loss: prediction (2, 3) and target (2, 1) must have the same shape"},
                {{reals({2}), integers({2}, 0, 3)},
                 "l1_loss: target must be floating, got int64"}}},
    {.name = "l1_loss, sum",
     .function = [](const Tensors& in) { return l1_loss(in[0], in[1], Reduction::sum); },
     .reference = each(Reduction::sum, absolute),
     .samples = distinct_pairs},
    {.name = "l1_loss, none",
     .function = [](const Tensors& in) { return l1_loss(in[0], in[1], Reduction::none); },
     .reference = each(Reduction::none, absolute),
     .samples = distinct_pairs},
    {.name = "l1_loss, slope at 0",
     .function =
         [](const Tensors& in) {
           const EnableGrad enable;
           Tensor x = clone(in[0]).detach(), target = clone(in[1]).detach();
           x.requires_grad_();
           return grad({l1_loss(x, target, Reduction::sum)}, {x})[0];
         },
     .reference =
         [](const Tensors&) {
           return build({3}, float64, [](std::int64_t i) { return double(i - 1); });
         },
     .samples = {{reals({3}, {1, 2, 3}), reals({3}, {2, 2, 2})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .refuses_undefined = false},
    {.name = "binary_cross_entropy_with_logits",
     .function = [](const Tensors& in) { return binary_cross_entropy_with_logits(in[0], in[1]); },
     .reference = each(Reduction::mean, logistic),
     .samples = probabilities,
     .errors = {{{reals({2, 1}), reals({2})},
                 "binary_cross_entropy_with_logits: logits (2, 1) and target (2,) must have "
                 "the same shape"},
                {{reals({2}), integers({2}, 0, 1)},
                 "binary_cross_entropy_with_logits: target must be floating, got int64"}}},
    {.name = "binary_cross_entropy_with_logits, sum",
     .function =
         [](const Tensors& in) {
           return binary_cross_entropy_with_logits(in[0], in[1], Reduction::sum);
         },
     .reference = each(Reduction::sum, logistic),
     .samples = probabilities},
    {.name = "binary_cross_entropy_with_logits, none",
     .function =
         [](const Tensors& in) {
           return binary_cross_entropy_with_logits(in[0], in[1], Reduction::none);
         },
     .reference = each(Reduction::none, logistic),
     .samples = probabilities},
    {.name = "binary_cross_entropy_with_logits of extreme logits",
     .function =
         [](const Tensors& in) {
           return binary_cross_entropy_with_logits(in[0], in[1], Reduction::none);
         },
     .reference =
         [](const Tensors& in) {
           const std::vector<double> values = {inf, inf, 1000, 0, std::exp(-60), std::exp(-60)};
           return build(in[0].shape(), float64,
                        [&](std::int64_t i) { return values[std::size_t(i)]; });
         },
     .samples = {{reals({6}, {inf, -inf, 1000, 1000, 60, -60}).fixed(),
                  reals({6}, {0.5, 1, 0, 1, 1, 0}).fixed()}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cross_entropy",
     .function = [](const Tensors& in) { return cross_entropy(in[0], in[1]); },
     .reference = cross_entropies(Reduction::mean),
     .samples = labelled,
     .errors =
         {{{reals({3, 2}), integers({3}, {1, 2, 5})},
           "cross_entropy: label 2 of row 1 is not one of 2 classes"},
          {{reals({2, 3}), integers({2}, {0, -1})},
           "cross_entropy: label -1 of row 1 is not one of 3 classes"},
          {{reals({1, 0}), integers({1}, {0})},
           "cross_entropy: label 0 of row 0 is not one of 0 classes"},
          {{reals({2, 3}), integers({3}, 0, 1)},
           "cross_entropy: needs logits (rows, classes) and labels (rows,), got (2, 3) and (3,)"},
          {{reals({3}), integers({3}, 0, 1)},
           "cross_entropy: needs logits (rows, classes) and labels (rows,), got (3,) and (3,); "
           "other "
           "axes go with ClassLossOptions{}"},
          {{reals({2, 3}), integers({2, 1}, 0, 1)},
           "cross_entropy: needs logits (rows, classes) and labels (rows,), got (2, 3) and (2, 1)"},
          {{reals({2, 3}), reals({2})},
           "cross_entropy: labels must be int64, got float64; probabilities go with "
           "ClassLossOptions{}"},
          {{integers({2, 3}, 0, 1), integers({2}, 0, 1)},
           "cross_entropy: logits must be floating, got int64"},
          {[] { return cross_entropy(Tensor(), Tensor()); },
           "cross_entropy: input 0 is an undefined tensor"}}},
    {.name = "cross_entropy, sum",
     .function = [](const Tensors& in) { return cross_entropy(in[0], in[1], Reduction::sum); },
     .reference = cross_entropies(Reduction::sum),
     .samples = labelled},
    {.name = "cross_entropy, none",
     .function = [](const Tensors& in) { return cross_entropy(in[0], in[1], Reduction::none); },
     .reference = cross_entropies(Reduction::none),
     .samples = labelled},
});

}  // namespace
