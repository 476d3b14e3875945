#include <cinta/ops/linalg/product/distance.hpp>
#include <cinta/ops/loss/class_loss.hpp>
#include <cinta/ops/loss/margin_loss.hpp>

#include "ops/op_table/reduce/folds.hpp"
#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// Classes that stand in axis 1 of (N, classes, d), plainly.
struct Plain {
  std::vector<double> weight = {1, 1, 1};
  std::int64_t ignore = -100;
  double smoothing = 0;
  Reduction reduction = Reduction::mean;
  bool of_logits = true;

  Tensor operator()(const Tensors& in) const {
    const std::int64_t classes = in[0].size(1), d = in[0].rank() == 3 ? in[0].size(2) : 1;
    Values losses;
    double sum = 0, total = 0;
    for (std::int64_t row = 0; row < in[1].numel(); ++row) {
      const auto x = [&](std::int64_t c) {
        return at(in[0], (row / d * classes + c) * d + row % d);
      };
      double most = -inf, powers = 0;
      for (std::int64_t c = 0; c < classes; ++c)
        most = std::isnan(x(c)) ? x(c) : std::max(most, x(c));
      for (std::int64_t c = 0; c < classes; ++c) powers += std::exp(x(c) - most);
      const auto log_p = [&](std::int64_t c) {
        return of_logits ? x(c) - most - std::log(powers) : x(c);
      };
      const auto label = std::int64_t(at(in[1], row));
      if (label == ignore) {
        losses.push_back(0);
        continue;
      }
      double loss = -(1 - smoothing) * weight[std::size_t(label)] * log_p(label);
      for (std::int64_t c = 0; c < classes && smoothing > 0; ++c)
        loss -= smoothing / double(classes) * weight[std::size_t(c)] * log_p(c);
      losses.push_back(loss);
      sum += loss;
      total += weight[std::size_t(label)];
    }
    if (reduction == Reduction::none)
      return build(in[1].shape(), float64, [&](std::int64_t i) { return losses[std::size_t(i)]; });
    if (reduction == Reduction::mean) sum = total == 0 ? 0 : sum / total;
    return build({}, float64, [&](std::int64_t) { return sum; });
  }
};

Tensor class_weights(Dtype dtype) {
  const double w[] = {0.5, 2, 1.5};
  return build({3}, dtype, [&](std::int64_t i) { return w[i]; });
}
Reduction none = Reduction::none;

// The mean of elementwise losses.
template <class F>
check::Function mean_of(F f) {
  return [f](const Tensors& in) { return reduced(each(f)(in)[0], Reduction::mean); };
}
check::Input signs(const Shape& shape, Values values) {
  return reals(shape, std::move(values)).fixed();
}

const Register classes({
    {.name = "cross_entropy, with weights, smoothing and ignored labels",
     .function =
         [](const Tensors& in) {
           return cross_entropy(in[0], in[1],
                                {.weight = class_weights(in[0].defined() ? in[0].dtype() : float32),
                                 .ignore_index = 1,
                                 .label_smoothing = 0.2});
         },
     .reference = Plain{.weight = {0.5, 2, 1.5}, .ignore = 1, .smoothing = 0.2},
     .samples = {{reals({4, 3}), integers({4}, {0, 1, 2, 0})},
                 {reals({2, 3, 2}), integers({2, 2}, {0, 1, 2, 0})},
                 {reals({2, 3}), integers({2}, {1, 1})},
                 {reals({0, 3}), integers({0}, 0, 2)}},
     .errors =
         {{{reals({2, 3}), integers({2}, {0, 3})},
           "cross_entropy: label 3 of row 1 is not one of 3 classes"},
          {{reals({2, 3}), integers({2}, {-4, 0})},
           "cross_entropy: label -4 of row 0 is not one of 3 classes"},
          {{reals({2, 3, 2}), integers({2}, {0, 1})},
           "cross_entropy: labels must have the shape (2, 2), got (2,)"},
          {{reals({2, 2}), integers({2}, {0, 1})},
           "cross_entropy: weight must be float64 (2,), one for each class, got float64 (3,)"},
          {{integers({2, 3}, 0, 1), integers({2}, 0, 1)},
           "cross_entropy: logits must be floating, got int64"},
          {{reals({2, 3}), flags({2})}, "cross_entropy: labels must be int64, got bool"},
          {[] {
             return cross_entropy(ones({2, 3}), zeros({2}, int64), {.label_smoothing = 2});
           },
           "cross_entropy: label_smoothing must lie in [0, 1], got 2"}},
     .propagates_nan = false,
     .infinities = false,  // smoothing weighs what is -inf
     .extremes = false},
    {.name = "cross_entropy, row by row",
     .function =
         [](const Tensors& in) {
           return cross_entropy(in[0], in[1], {.ignore_index = -1, .reduction = Reduction::none});
         },
     .reference = Plain{.ignore = -1, .reduction = Reduction::none},
     .samples = {{reals({2, 3, 2}), integers({2, 2}, {0, -1, 2, 0})},
                 {reals({2, 3}), integers({2}, {-1, 1})}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "cross_entropy, of one row",
     .function =
         [](const Tensors& in) {
           return cross_entropy(in[0], in[1], ClassLossOptions{.reduction = Reduction::sum});
         },
     .reference =
         [](const Tensors& in) {
           Tensors rows = in;
           rows[0] = same_order({1, in[0].numel()})({in[0]})[0];
           rows[1] = same_order({1})({in[1]})[0];
           return Plain{.reduction = Reduction::sum}(rows);
         },
     .samples = {{reals({3}), integers({}, {2})}},
     .infinities = false},
    {.name = "cross_entropy, of probabilities",
     .function =
         [](const Tensors& in) {
           return cross_entropy(in[0], in[1], ClassLossOptions{.label_smoothing = 0.1});
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(0), c = in[0].size(1);
           double sum = 0;
           for (std::int64_t i = 0; i < n; ++i) {
             double powers = 0;
             for (std::int64_t k = 0; k < c; ++k) powers += std::exp(at(in[0], i * c + k));
             for (std::int64_t k = 0; k < c; ++k) {
               const double p = 0.9 * at(in[1], i * c + k) + 0.1 / double(c);
               sum -= p * (at(in[0], i * c + k) - std::log(powers));
             }
           }
           return build({}, float64, [&](std::int64_t) { return sum / double(n); });
         },
     .samples = {{reals({2, 3}), reals({2, 3}, 0.1, 0.5)}},
     .errors = {{{reals({2, 3}), reals({2, 2})},
                 "cross_entropy: logits (2, 3) and probabilities (2, 2) must have the same shape"}},
     .infinities = false,
     .extremes = false},
    {.name = "nll_loss",
     .function =
         [](const Tensors& in) {
           return nll_loss(in[0], in[1],
                           {.weight = class_weights(in[0].defined() ? in[0].dtype() : float32),
                            .ignore_index = 1});
         },
     .reference = Plain{.weight = {0.5, 2, 1.5}, .ignore = 1, .of_logits = false},
     .samples = {{reals({4, 3}), integers({4}, {0, 1, 2, 0})},
                 {reals({2, 3, 2}), integers({2, 2}, {0, 1, 2, 0})},
                 {reals({2, 3}), integers({2}, {1, 1})}},
     .errors = {{{reals({2, 3}), integers({2}, {0, 3})},
                 "nll_loss: label 3 of row 1 is not one of 3 classes"},
                {[] {
                   return nll_loss(ones({2, 3}), zeros({2}, int64), {.label_smoothing = 0.1});
                 },
                 "nll_loss: takes no label_smoothing; cross_entropy does"}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "cross_entropy, gradients of what is ignored",
     .function = gradient_of([](const Tensor& x) {
       const Tensor labels = build({2}, int64, [](std::int64_t) { return 7; });
       return cross_entropy(x, labels, {.ignore_index = 7, .label_smoothing = 0.5});
     }),
     .reference = given({2, 2}, {0, 0, 0, 0}),
     .samples = {{reals({2, 2}, {1, no_number, inf, -inf})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "binary_cross_entropy_with_logits, weights",
     .function =
         [](const Tensors& in) {
           return binary_cross_entropy_with_logits(
               in[0], in[1], BinaryLossOptions{.pos_weight = in[2], .weight = in[3]});
         },
     .reference =
         [](const Tensors& in) {
           const Tensor losses = build(in[0].shape(), float64, [&](std::int64_t i) {
             const double x = at(in[0], i), t = at(in[1], i), w = at(in[2], i % 3);
             const double plain = w * t * softplus_of(-x) + (1 - t) * softplus_of(x);
             return plain * at(in[3], i / 3);
           });
           return reduced(losses, Reduction::mean);
         },
     .samples = {{reals({2, 3}), reals({2, 3}, 0.1, 0.9), reals({3}, 0.5, 3),
                  reals({2, 1}, 0.5, 2)}},
     .errors = {{{reals({2}), reals({3}), reals({2}), reals({2})},
                 "binary_cross_entropy_with_logits: logits (2,) and target (3,) must have the "
                 "same shape"},
                {{reals({2}), reals({2}), reals({3}), reals({2})},
                 "binary_cross_entropy_with_logits: a weight of (3,) does not broadcast to (2,)"}},
     .infinities = false,
     .extremes = false,
     .refuses_undefined = false},
    {.name = "binary_cross_entropy_with_logits, limits",
     .function =
         [](const Tensors& in) {
           return binary_cross_entropy_with_logits(in[0], in[1],
                                                   BinaryLossOptions{.reduction = none});
         },
     .reference = each([](double x, double t) {
       return t == 0 ? softplus_of(x) : softplus_of(-x);
     }),
     .samples = {{reals({4}, {-inf, inf, inf, 0}).fixed(), reals({4}, {0, 1, 0, 0}).fixed()}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "focal_loss",
     .function = [](const Tensors& in) { return focal_loss(in[0], in[1]); },
     .reference = mean_of([](double x, double t) {
       const double loss = t * softplus_of(-x) + (1 - t) * softplus_of(x);
       const double missing = t * sigmoid_of(-x) + (1 - t) * sigmoid_of(x);
       return (0.25 * t + 0.75 * (1 - t)) * missing * missing * loss;
     }),
     .samples = {{reals({2, 3}), signs({2, 3}, {0, 1, 1, 0, 0, 1})},
                 {reals({2, 3}), reals({2, 3}, 0.1, 0.9)}},
     .errors = {{{reals({2}), reals({3})},
                 "focal_loss: logits (2,) and target (3,) must have the same shape"},
                {[] { return focal_loss(ones({2}), ones({2}), {.gamma = -1}); },
                 "focal_loss: gamma must not be negative, got -1"}},
     .infinities = false,
     .extremes = false},
    {.name = "dice_loss",
     .function = [](const Tensors& in) { return dice_loss(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel() / in[0].size(0);
           const Tensor losses = build({in[0].size(0)}, float64, [&](std::int64_t row) {
             double both = 0, a = 0, b = 0;
             for (std::int64_t i = row * n; i < (row + 1) * n; ++i) {
               both += at(in[0], i) * at(in[1], i);
               a += at(in[0], i), b += at(in[1], i);
             }
             return 1 - (2 * both + 1) / (a + b + 1);
           });
           return reduced(losses, Reduction::mean);
         },
     .samples = {{reals({2, 3, 2}, 0, 1), reals({2, 3, 2}, 0, 1)}},
     .errors = {{{reals({2}), reals({2})}, "dice_loss: needs (N, ...), got (2,)"}},
     .infinities = false,
     .extremes = false},
    {.name = "multi_margin_loss",
     .function =
         [](const Tensors& in) { return multi_margin_loss(in[0], in[1], {.p = 2, .margin = 0.5}); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t c = in[0].size(1);
           const Tensor losses = build({in[0].size(0)}, float64, [&](std::int64_t row) {
             const auto label = std::int64_t(at(in[1], row));
             double sum = 0;
             for (std::int64_t k = 0; k < c; ++k) {
               const double missing = 0.5 - at(in[0], row * c + label) + at(in[0], row * c + k);
               if (k != label && missing > 0) sum += missing * missing;
             }
             return sum / double(c);
           });
           return reduced(losses, Reduction::mean);
         },
     .samples = {{reals({4, 3}).distinct(), integers({4}, {0, 1, 2, 0})}},
     .errors = {{{reals({2, 3}), integers({2}, {0, 3})},
                 "multi_margin_loss: label 3 of row 1 is not one of 3 classes"},
                {[] {
                   return multi_margin_loss(ones({2, 3}), zeros({2}, int64), {.p = 3});
                 },
                 "multi_margin_loss: p must be 1 or 2, got 3"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "multilabel_soft_margin_loss",
     .function = [](const Tensors& in) { return multilabel_soft_margin_loss(in[0], in[1]); },
     .reference = mean_of([](double x, double t) {
       return t * softplus_of(-x) + (1 - t) * softplus_of(x);
     }),
     .samples = {{reals({2, 3}), reals({2, 3}, 0.1, 0.9)}},
     .errors = {{{reals({3}), reals({3})},
                 "multilabel_soft_margin_loss: needs (N, classes), got (3,)"},
                {{flags({2, 3}), reals({2, 3})},
                 "multilabel_soft_margin_loss: logits must be floating, got bool"},
                {{reals({2, 3}), integers({2, 3}, 0, 1)},
                 "multilabel_soft_margin_loss: target must be floating, got int64"}},
     .infinities = false,
     .extremes = false},
    {.name = "multilabel_soft_margin_loss with weights",
     .function =
         [](const Tensors& in) {
           return multilabel_soft_margin_loss(in[0], in[1],
                                              {.weight = in[2], .reduction = Reduction::sum});
         },
     .reference =
         [](const Tensors& in) {
           double sum = 0;
           for (std::int64_t i = 0; i < in[0].numel(); ++i) {
             const double x = at(in[0], i), t = at(in[1], i);
             sum += at(in[2], i % 3) * (t * softplus_of(-x) + (1 - t) * softplus_of(x)) / 3;
           }
           return build({}, float64, [&](std::int64_t) { return sum; });
         },
     .samples = {{reals({2, 3}), reals({2, 3}, 0.1, 0.9), reals({3}, 0.5, 2)}},
     .errors = {{{reals({2, 3}), reals({2, 3}), reals({2})},
                 "multilabel_soft_margin_loss: a weight of (2,) does not broadcast to (2, 3)"}},
     .infinities = false,
     .extremes = false,
     .refuses_undefined = false},  // an undefined weight is none
    {.name = "binary_cross_entropy with weights",
     .function =
         [](const Tensors& in) {
           return binary_cross_entropy(in[0], in[1],
                                       {.weight = in[2], .reduction = Reduction::mean});
         },
     .reference =
         [](const Tensors& in) {
           double sum = 0;
           for (std::int64_t i = 0; i < in[0].numel(); ++i) {
             const double p = at(in[0], i), t = at(in[1], i);
             sum -= at(in[2], i % 3) * (t * std::log(p) + (1 - t) * std::log1p(-p));
           }
           return build({}, float64, [&](std::int64_t) { return sum / double(in[0].numel()); });
         },
     .samples = {{reals({2, 3}, 0.1, 0.9), reals({2, 3}, 0.1, 0.9), reals({3}, 0.5, 2)}},
     .errors = {{{reals({2, 3}), reals({2, 3}), reals({2})},
                 "binary_cross_entropy: a weight of (2,) does not broadcast to (2, 3)"}},
     .infinities = false,
     .extremes = false,
     .refuses_undefined = false},
    {.name = "multilabel_margin_loss",
     .function = [](const Tensors& in) { return multilabel_margin_loss(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t c = in[0].size(1);
           const Tensor losses = build({in[0].size(0)}, float64, [&](std::int64_t row) {
             double sum = 0;
             for (std::int64_t i = row * c; i < (row + 1) * c; ++i)
               for (std::int64_t j = row * c; j < (row + 1) * c; ++j)
                 if (at(in[1], i) != 0 && at(in[1], j) == 0)
                   sum += std::max(0.0, 1 - at(in[0], i) + at(in[0], j));
             return sum / double(c);
           });
           return reduced(losses, Reduction::mean);
         },
     .samples = {{reals({3, 4}).distinct(), flags({3, 4})}},
     .errors = {{{reals({2, 3}), reals({2, 3})},
                 "multilabel_margin_loss: target must be bool, got float64"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
});

const Register margins({
    {.name = "hinge_loss",
     .function = [](const Tensors& in) { return hinge_loss(in[0], in[1]); },
     .reference = mean_of([](double x, double t) { return std::max(0.0, 1 - t * x); }),
     .samples = {{reals({2, 3}).away_from({-1, 1}), signs({2, 3}, {1, -1, 1, 1, -1, -1})}},
     .errors = {{{reals({2}), reals({3})},
                 "hinge_loss: score (2,) and target (3,) must have the same shape"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "hinge_embedding_loss",
     .function = [](const Tensors& in) { return hinge_embedding_loss(in[0], in[1], 1.5); },
     .reference = mean_of([](double x, double t) { return t == 1 ? x : std::max(0.0, 1.5 - x); }),
     .samples = {{reals({2, 3}).away_from({1.5}), signs({2, 3}, {1, -1, 1, 1, -1, -1})}},
     .errors = {{[] {
                   return hinge_embedding_loss(ones({2, 3}), ones({3, 2}));
                 },
                 "hinge_embedding_loss: x (2, 3) and target (3, 2) must have the same shape"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "margin_ranking_loss",
     .function = [](const Tensors& in) { return margin_ranking_loss(in[0], in[1], in[2], 0.5); },
     .reference = mean_of([](double a, double b, double t) {
       return std::max(0.0, 0.5 - t * (a - b));
     }),
     .samples = {{reals({2, 3}, 1, 2), reals({2, 3}, -1, 0), signs({2, 3}, {1, -1, 1, 1, -1, -1})}},
     .errors = {{{reals({2}), reals({3}), reals({2})},
                 "margin_ranking_loss: a (2,) and b (3,) must have the same shape"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "triplet_margin_loss",
     .function =
         [](const Tensors& in) {
           return triplet_margin_loss(in[0], in[1], in[2], {.margin = 3, .swap = true});
         },
     .reference =
         [](const Tensors& in) {
           const auto distance = [&](std::size_t a, std::size_t b, std::int64_t row) {
             double sum = 0;
             for (std::int64_t i = 3 * row; i < 3 * row + 3; ++i)
               sum += std::pow(at(in[a], i) - at(in[b], i) + 1e-6, 2);
             return std::sqrt(sum);
           };
           const Tensor losses = build({in[0].size(0)}, float64, [&](std::int64_t row) {
             const double far = std::min(distance(0, 2, row), distance(1, 2, row));
             return std::max(0.0, distance(0, 1, row) - far + 3);
           });
           return reduced(losses, Reduction::mean);
         },
     .samples = {{reals({2, 3}, 0, 1), reals({2, 3}, 1.5, 2.5), reals({2, 3}, -2, -1)}},
     .errors = {{{reals({2, 3}), reals({2, 2}), reals({2, 3})},
                 "triplet_margin_loss: anchor (2, 3) and positive (2, 2) must have the same shape"},
                {[] {
                   return triplet_margin_loss(ones({2, 3}), ones({2, 3}), ones({2, 3}), {.p = -1});
                 },
                 "triplet_margin_loss: p must not be negative, got -1"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cosine_embedding_loss",
     .function = [](const Tensors& in) { return cosine_embedding_loss(in[0], in[1], in[2], -0.9); },
     .reference =
         [](const Tensors& in) {
           const Tensor losses = build({in[0].size(0)}, float64, [&](std::int64_t row) {
             double ab = 0, aa = 0, bb = 0;
             for (std::int64_t i = 3 * row; i < 3 * row + 3; ++i) {
               ab += at(in[0], i) * at(in[1], i);
               aa += at(in[0], i) * at(in[0], i);
               bb += at(in[1], i) * at(in[1], i);
             }
             const double cosine = ab / std::sqrt(aa * bb);
             return at(in[2], row) == 1 ? 1 - cosine : std::max(0.0, cosine + 0.9);
           });
           return reduced(losses, Reduction::mean);
         },
     .samples = {{reals({2, 3}, 0.2, 2), reals({2, 3}, 0.2, 2), signs({2}, {1, -1})}},
     .errors =
         {{{reals({2, 3}), reals({2, 3}), reals({3})},
           "cosine_embedding_loss: needs vectors (..., d) and a target (...), got (2, 3) and "
           "(3,)"},
          {{reals({}), reals({}), reals({2})},
           "cosine_embedding_loss: needs vectors (..., d) and a target (...), got () and (2,)"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "gaussian_nll_loss",
     .function =
         [](const Tensors& in) { return gaussian_nll_loss(in[0], in[1], in[2], {.full = true}); },
     .reference = mean_of([](double m, double t, double v) {
       return 0.5 * (std::log(v) + (m - t) * (m - t) / v + std::log(2 * std::acos(-1.0)));
     }),
     .samples = {{reals({2, 3}), reals({2, 3}), reals({2, 3}, 0.5, 2)},
                 {reals({2, 3}), reals({2, 3}), reals({2, 1}, 0.5, 2)}},
     .errors = {{{reals({2}), reals({2}), reals({3})},
                 "gaussian_nll_loss: variance (3,) does not broadcast to (2,)"},
                {[] { return gaussian_nll_loss(ones({2}), ones({2}), ones({2}), {.eps = 0}); },
                 "gaussian_nll_loss: eps must be positive, got 0"}},
     .infinities = false,
     .extremes = false},
});

}  // namespace
