#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/elementwise/loss.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/nn/loss.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

void check_floating(const Op& op, const char* what, const Tensor& x) {
  if (!is_floating(x.dtype())) {
    throw DtypeError(
        std::string(op.name) + ": " + what + " must be floating, got " + name_of(x.dtype()),
        op.site);
  }
}

Tensor reduced(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean: return mean(losses);
    case Reduction::sum: return sum(losses);
    default: return losses;
  }
}

// A loss of each pair of elements; `slope(prediction, target)` and `target_slope` are its partial
// derivatives in operations.
template <class Slope, class TargetSlope>
Tensor elementwise_loss(const char* name, kernels::Loss how, const Tensor& prediction,
                        const Tensor& target, Reduction reduction, const Site& site, Slope slope,
                        TargetSlope target_slope) {
  const Op op{name, Save::inputs(), site, {{"reduction", "none"}}};
  detail::check_defined(op, {prediction, target});
  if (prediction.shape() != target.shape()) {
    throw ShapeError(std::string(name) + ": prediction " + prediction.shape().str() +
                         " and target " + target.shape().str() + " must have the same shape",
                     op.site);
  }
  check_floating(op, "prediction", prediction);
  check_floating(op, "target", target);
  const SiteScope scope(op.site);
  const Dtype dtype = promote(prediction.dtype(), target.dtype());
  const Tensor losses = apply(
      op, {to(prediction, dtype), to(target, dtype)}, {prediction.shape(), dtype},
      [how](const Inputs& in, const Tensor& y) { kernels::elementwise_loss(how, in[0], in[1], y); },
      [how, slope](const Grad& g) {
        if (g.create_graph()) return g.dy * slope(g.in(0), g.in(1));
        return apply({"loss_backward", Save::nothing(), {}}, {g.in(0), g.in(1), g.dy}, g.dy.spec(),
                     [how](const Inputs& in, const Tensor& dx) {
                       kernels::elementwise_loss_backward(how, in[0], in[1], in[2], dx);
                     });
      },
      [target_slope](const Grad& g) { return g.dy * target_slope(g.in(0), g.in(1)); });
  return reduced(losses, reduction);
}

void check_classes(const Op& op, const Tensor& logits, const Tensor& labels) {
  detail::check_defined(op, {logits, labels});
  check_floating(op, "logits", logits);
  if (labels.dtype() != int64) {
    throw DtypeError(
        std::string("cross_entropy: labels must be int64, got ") + name_of(labels.dtype()),
        op.site);
  }
  if (logits.rank() != 2 || labels.rank() != 1 || logits.shape()[0] != labels.shape()[0]) {
    throw ShapeError("cross_entropy: needs logits (rows, classes) and labels (rows,), got " +
                         logits.shape().str() + " and " + labels.shape().str(),
                     op.site);
  }
  const std::int64_t classes = logits.shape()[1];
  const Tensor dense = contiguous(labels);
  const std::int64_t bad = kernels::find_out_of_range(dense, classes);
  if (bad >= 0) {
    throw IndexError("cross_entropy: label " + std::to_string(dense.data<std::int64_t>()[bad]) +
                         " of row " + std::to_string(bad) + " is not one of " +
                         std::to_string(classes) + " classes",
                     op.site);
  }
}

}  // namespace

Tensor mse_loss(const Tensor& prediction, const Tensor& target, Reduction reduction, Site site) {
  return elementwise_loss(
      "mse_loss", kernels::Loss::squared, prediction, target, reduction, site,
      [](const Tensor& p, const Tensor& t) { return 2 * (p - t); },
      [](const Tensor& p, const Tensor& t) { return 2 * (t - p); });
}

Tensor l1_loss(const Tensor& prediction, const Tensor& target, Reduction reduction, Site site) {
  return elementwise_loss(
      "l1_loss", kernels::Loss::absolute, prediction, target, reduction, site,
      [](const Tensor& p, const Tensor& t) { return sign(p - t); },
      [](const Tensor& p, const Tensor& t) { return sign(t - p); });
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, Reduction reduction, Site site) {
  const Op op{"cross_entropy", Save::inputs() | Save::output(), site, {{"reduction", "none"}}};
  check_classes(op, logits, labels);
  const SiteScope scope(op.site);
  const Tensor losses = apply(
      op, {logits, labels}, {labels.shape(), logits.dtype()},
      [](const Inputs& in, const Tensor& y) {
        kernels::cross_entropy(contiguous(in[0]), contiguous(in[1]), y);
      },
      [](const Grad& g) {
        const Tensor &x = g.in(0), &label = g.in(1);
        if (g.create_graph()) {
          const Tensor wrong = softmax(x, 1) - one_hot(label, x.shape()[1], x.dtype());
          return wrong * unsqueeze(g.dy, 1);
        }
        return apply({"cross_entropy_backward", Save::nothing(), {}}, {x, label, g.out(), g.dy},
                     x.spec(), [](const Inputs& in, const Tensor& dx) {
                       kernels::cross_entropy_backward(contiguous(in[0]), contiguous(in[1]), in[2],
                                                       contiguous(in[3]), dx);
                     });
      },
      no_gradient);
  return reduced(losses, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        Reduction reduction, Site site) {
  return elementwise_loss(
      "binary_cross_entropy_with_logits", kernels::Loss::logistic, logits, target, reduction, site,
      [](const Tensor& x, const Tensor& t) { return sigmoid(x) - t; },
      [](const Tensor& x, const Tensor&) { return -x; });
}

}  // namespace cinta
