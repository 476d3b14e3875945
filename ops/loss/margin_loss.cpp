#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/product/distance.hpp>
#include <cinta/ops/loss/detail/checks.hpp>
#include <cinta/ops/loss/margin_loss.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/detail/range.hpp>

namespace cinta {
namespace {

using namespace detail;

void check_pair(const Op& op, const char* what, const Tensor& x, const Tensor& target) {
  check_defined(op, {x, target});
  check_same_shape(op, what, x, "target", target);
  check_floating(op, what, x);
  check_floating(op, "target", target);
}

}  // namespace

Tensor hinge_loss(const Tensor& score, const Tensor& target, double margin, Reduction reduction,
                  Site site) {
  const Op op{"hinge_loss", Save::nothing(), site, {{"margin", margin}}};
  check_pair(op, "score", score, target);
  const OpScope scope(op);
  return reduced(
      map([](Element x, Element t, Element m) { return relu(m - t * x); }, score, target, margin),
      reduction);
}

Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, double margin,
                            Reduction reduction, Site site) {
  const Op op{"hinge_embedding_loss", Save::nothing(), site, {{"margin", margin}}};
  check_pair(op, "x", x, target);
  const OpScope scope(op);
  return reduced(map([](Element v, Element t, Element m) { return where(t == 1, v, relu(m - v)); },
                     x, target, margin),
                 reduction);
}

Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin,
                           Reduction reduction, Site site) {
  const Op op{"margin_ranking_loss", Save::nothing(), site, {{"margin", margin}}};
  check_defined(op, {a, b, target});
  check_same_shape(op, "a", a, "b", b);
  check_pair(op, "a", a, target);
  check_floating(op, "b", b);
  const OpScope scope(op);
  return reduced(
      map([](Element u, Element v, Element t, Element m) { return relu(m - t * (u - v)); }, a, b,
          target, margin),
      reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           TripletOptions options, Site site) {
  const Op op{
      "triplet_margin_loss",
      Save::nothing(),
      site,
      {{"margin", options.margin}, {"p", options.p}, {"swap", options.swap}, {"eps", options.eps}}};
  const OpScope scope(op);
  check_defined(op, {anchor, positive, negative});
  check_same_shape(op, "anchor", anchor, "positive", positive);
  check_same_shape(op, "anchor", anchor, "negative", negative);
  check_floating(op, "anchor", anchor);
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, options.p, options.eps);
  };
  const Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (options.swap) far = minimum(far, distance(positive, negative));
  return reduced(map([](Element u, Element v, Element m) { return relu(u - v + m); }, near, far,
                     options.margin),
                 options.reduction);
}

Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin,
                             Reduction reduction, Site site) {
  const Op op{"cosine_embedding_loss", Save::nothing(), site, {{"margin", margin}}};
  check_defined(op, {a, b, target});
  check_same_shape(op, "a", a, "b", b);
  check_floating(op, "a", a);
  if (a.rank() == 0 || target.shape() != without(a.shape(), a.rank() - 1)) {
    throw ShapeError("cosine_embedding_loss: needs vectors (..., d) and a target (...), got " +
                         a.shape().str() + " and " + target.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  const Tensor cosine = cosine_similarity(a, b, -1);
  check_floating(op, "target", target);
  return reduced(
      map([](Element c, Element t, Element m) { return where(t == 1, 1 - c, relu(c - m)); }, cosine,
          target, margin),
      reduction);
}

Tensor gaussian_nll_loss(const Tensor& mean, const Tensor& target, const Tensor& variance,
                         GaussianOptions options, Site site) {
  const Op op{
      "gaussian_nll_loss", Save::nothing(), site, {{"full", options.full}, {"eps", options.eps}}};
  check_pair(op, "mean", mean, target);
  check_defined(op, {variance});
  check_floating(op, "variance", variance);
  if (!(options.eps > 0))
    throw ValueError("gaussian_nll_loss: eps must be positive, got " + text_of(options.eps),
                     op.site);
  if (!broadcasts_to(variance.shape(), mean.shape())) {
    throw ShapeError("gaussian_nll_loss: variance " + variance.shape().str() +
                         " does not broadcast to " + mean.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  const double constant = options.full ? 0.91893853320467274178 : 0;  // log(2 pi) / 2
  return reduced(map(
                     [](Element m, Element t, Element v, Element eps, Element c) {
                       const Element least = where(v < eps, eps, v), apart = m - t;
                       return 0.5 * (log(least) + apart * (apart / least)) + c;
                     },
                     mean, target, variance, options.eps, constant),
                 options.reduction);
}

}  // namespace cinta
