#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/detail/check_values.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/loss/detail/checks.hpp>
#include <cinta/ops/loss/loss.hpp>
#include <cinta/ops/map/detail/expression.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

using detail::check_floating, detail::reduced;

// What a loss compares with its target, by the name that errors give it.
struct Argument {
  Argument(const Tensor& prediction) : tensor(prediction) {}
  Argument(const char* called, const Tensor& x) : name(called), tensor(x) {}

  const char* name = "prediction";
  const Tensor& tensor;
};

// f of each pair of elements and of numbers, in one pass with its reduction.
template <class F, class... Number>
Tensor elementwise_loss(const char* name, const F& f, const Argument& first, const Tensor& target,
                        Reduction reduction, const Site& site, Number... numbers) {
  constexpr std::size_t count = 2 + sizeof...(numbers);
  const Op op{name, site};
  detail::check_defined(op, {first.tensor, target});
  detail::check_same_shape(op, first.name, first.tensor, "target", target);
  check_floating(op, first.name, first.tensor);
  check_floating(op, "target", target);
  const Operand p(first.tensor, op.site);
  const Operand t(target, op.site);
  if (reduction == Reduction::none)
    return detail::map(name, detail::program_of<count, false>(f, op.site),
                       {p, t, Operand(numbers, op.site)...});
  return detail::map_sum(name, detail::program_of<count, true>(f, op.site),
                         reduction == Reduction::mean, {p, t, Operand(numbers, op.site)...});
}

// Throws ValueError unless the option of a loss is what the rule says.
void check_option(const char* name, const char* option, bool ok, const char* rule, double value,
                  const Site& site) {
  if (ok) return;
  throw ValueError(
      std::string(name) + ": " + option + " must " + rule + ", got " + detail::text_of(value),
      SiteScope::resolve(site));
}

// About log(t!), 0 up to 1.
Element stirling(Element t) {
  constexpr double two_pi = 6.283185307179586477;
  return where(t > 1, t * log(t) - t + 0.5 * log(two_pi * t), 0);
}

void check_classes(const Op& op, const Tensor& logits, const Tensor& labels) {
  detail::check_defined(op, {logits, labels});
  check_floating(op, "logits", logits);
  if (labels.dtype() != int64) {
    throw DtypeError(
        std::string("cross_entropy: labels must be int64, got ") + name_of(labels.dtype()) +
            (is_floating(labels.dtype()) ? "; probabilities go with ClassLossOptions{}" : ""),
        op.site);
  }
  if (logits.rank() != 2 || labels.rank() != 1 || logits.shape()[0] != labels.shape()[0]) {
    throw ShapeError("cross_entropy: needs logits (rows, classes) and labels (rows,), got " +
                         logits.shape().str() + " and " + labels.shape().str() +
                         (logits.rank() != 2 ? "; other axes go with ClassLossOptions{}" : ""),
                     op.site);
  }
  const std::int64_t classes = logits.shape()[1];
  detail::check_values(op, labels, [classes, site = op.site](const Tensor& x) {
    const Tensor dense = contiguous(x);
    const std::int64_t bad = kernels::find_out_of_range(dense, classes);
    if (bad < 0) return;
    throw IndexError("cross_entropy: label " + std::to_string(dense.data<std::int64_t>()[bad]) +
                         " of row " + std::to_string(bad) + " is not one of " +
                         std::to_string(classes) + " classes",
                     site);
  });
}

}  // namespace

Tensor mse_loss(const Tensor& prediction, const Tensor& target, Reduction reduction, Site site) {
  return elementwise_loss(
      "mse_loss", [](Element p, Element t) { return square(p - t); }, prediction, target, reduction,
      site);
}

Tensor l1_loss(const Tensor& prediction, const Tensor& target, Reduction reduction, Site site) {
  return elementwise_loss(
      "l1_loss", [](Element p, Element t) { return abs(p - t); }, prediction, target, reduction,
      site);
}

Tensor huber_loss(const Tensor& prediction, const Tensor& target, double delta, Reduction reduction,
                  Site site) {
  check_option("huber_loss", "delta", delta > 0 && std::isfinite(delta), "be positive and finite",
               delta, site);
  return elementwise_loss(
      "huber_loss",
      [](Element p, Element t, Element d) {
        const Element error = abs(p - t);
        // Not the square of the error: abs has a kink where the square has none.
        return where(error <= d, 0.5 * square(p - t), d * (error - 0.5 * d));
      },
      prediction, target, reduction, site, delta);
}

Tensor smooth_l1_loss(const Tensor& prediction, const Tensor& target, double beta,
                      Reduction reduction, Site site) {
  check_option("smooth_l1_loss", "beta", beta >= 0 && std::isfinite(beta),
               "not be negative and be finite", beta, site);
  if (beta == 0) {
    const Op op{"smooth_l1_loss", site};
    const OpScope scope(op);
    return l1_loss(prediction, target, reduction);
  }
  return elementwise_loss(
      "smooth_l1_loss",
      [](Element p, Element t, Element b) {
        const Element error = abs(p - t);
        return where(error <= b, 0.5 * square(p - t) / b, error - 0.5 * b);
      },
      prediction, target, reduction, site, beta);
}

Tensor quantile_loss(const Tensor& prediction, const Tensor& target, double quantile,
                     Reduction reduction, Site site) {
  check_option("quantile_loss", "quantile", quantile > 0 && quantile < 1, "lie in (0, 1)", quantile,
               site);
  return elementwise_loss(
      "quantile_loss",
      [](Element p, Element t, Element q) {
        const Element missing = t - p;
        return missing * where(missing == 0, 0, where(missing < 0, q - 1, q));
      },
      prediction, target, reduction, site, quantile);
}

Tensor soft_margin_loss(const Tensor& prediction, const Tensor& target, Reduction reduction,
                        Site site) {
  return elementwise_loss(
      "soft_margin_loss", [](Element p, Element t) { return softplus(-(t * p)); }, prediction,
      target, reduction, site);
}

Tensor poisson_nll_loss(const Tensor& log_rate, const Tensor& target, Reduction reduction,
                        Site site) {
  return elementwise_loss(
      "poisson_nll_loss", [](Element p, Element t) { return exp(p) - t * p; },
      {"log_rate", log_rate}, target, reduction, site);
}

Tensor poisson_nll_loss(const Tensor& prediction, const Tensor& target, PoissonOptions options,
                        Site site) {
  check_option("poisson_nll_loss", "eps", options.eps >= 0, "not be negative", options.eps, site);
  const double full = options.full;
  if (options.log_input) {
    return elementwise_loss(
        "poisson_nll_loss",
        [](Element p, Element t, Element f) { return exp(p) - t * p + f * stirling(t); },
        prediction, target, options.reduction, site, full);
  }
  return elementwise_loss(
      "poisson_nll_loss",
      [](Element p, Element t, Element f, Element eps) {
        return p - t * log(p + eps) + f * stirling(t);
      },
      prediction, target, options.reduction, site, full, options.eps);
}

Tensor kl_div(const Tensor& log_q, const Tensor& target, KLDivOptions options, Site site) {
  const Op op{"kl_div", site};
  if (options.batch_mean) options.reduction = Reduction::sum;
  Tensor y;
  if (options.log_target) {
    y = elementwise_loss(
        "kl_div",
        [](Element lq, Element lp) {
          const Element p = exp(lp);
          return where(p == 0, 0, p * (lp - lq));
        },
        {"log_q", log_q}, target, options.reduction, site);
  } else {
    y = kl_div(log_q, target, options.reduction, site);
  }
  if (!options.batch_mean) return y;
  if (log_q.rank() == 0)
    throw ShapeError("kl_div: batch_mean needs an axis of rows, got " + log_q.shape().str(),
                     op.site);
  const OpScope scope(op);
  return y / double(log_q.shape()[0]);
}

Tensor kl_div(const Tensor& log_q, const Tensor& target, Reduction reduction, Site site) {
  return elementwise_loss(
      "kl_div", [](Element lq, Element t) { return where(t == 0, 0, t * (log(t) - lq)); },
      {"log_q", log_q}, target, reduction, site);
}

Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target, Reduction reduction,
                            Site site) {
  return elementwise_loss(
      "binary_cross_entropy",
      [](Element p, Element t) {
        return -detail::weighted_share(t, log(p)) - detail::weighted_share(1 - t, log1p(-p));
      },
      {"probability", probability}, target, reduction, site);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, Reduction reduction, Site site) {
  const Op op{"cross_entropy", Save::inputs() | Save::output(), site, {{"reduction", "none"}}};
  check_classes(op, logits, labels);
  const OpScope scope(op);
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
  const auto loss = [](Element x, Element t) {
    return detail::Expression::emit(kernels::Function::logistic_loss, x, t);
  };
  return elementwise_loss("binary_cross_entropy_with_logits", loss, {"logits", logits}, target,
                          reduction, site);
}

}  // namespace cinta
