#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/detail/check_values.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/loss/class_loss.hpp>
#include <cinta/ops/loss/detail/checks.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using namespace detail;
using std::to_string;

void check_weight(const Op& op, const Tensor& weight, const Tensor& x) {
  if (!weight.defined() || broadcasts_to(weight.shape(), x.shape())) return;
  throw ShapeError(std::string(op.name) + ": a weight of " + weight.shape().str() +
                       " does not broadcast to " + x.shape().str(),
                   op.site);
}

// Scores with the classes last, as rows; and what the losses' shape is.
struct Rows {
  Tensor scores;
  Shape outside;
};
Rows as_rows(const Op& op, const Tensor& scores) {
  if (scores.rank() == 0) {
    throw ShapeError(std::string(op.name) + ": needs (N, classes, ...) or (classes,), got ()",
                     op.site);
  }
  const int axis = scores.rank() == 1 ? 0 : 1;
  const Tensor last = movedim(scores, axis, -1);
  Shape outside = Shape::filled(scores.rank() - 1);
  for (int i = 0; i < outside.rank(); ++i) outside[i] = last.shape()[i];
  return {reshape(last, {outside.numel(), scores.shape()[axis]}), outside};
}

void check_weight(const Op& op, const Tensor& weight, std::int64_t classes, Dtype dtype) {
  if (!weight.defined()) return;
  if (weight.shape() != Shape{classes} || weight.dtype() != dtype) {
    throw ShapeError(std::string(op.name) + ": weight must be " + name_of(dtype) + " (" +
                         to_string(classes) + ",), one for each class, got " + weight.spec().str(),
                     op.site);
  }
}

// Labels of rows: which count, and with 0 in the place of the others.
struct Labels {
  Tensor counts, safe;  // counts is undefined if all do
};
Labels checked_labels(const Op& op, const Tensor& labels, const Rows& rows, std::int64_t classes,
                      std::optional<std::int64_t> ignore_index) {
  if (labels.dtype() != int64) {
    throw DtypeError(
        std::string(op.name) + ": labels must be int64, got " + name_of(labels.dtype()), op.site);
  }
  if (labels.shape() != rows.outside) {
    throw ShapeError(std::string(op.name) + ": labels must have the shape " + rows.outside.str() +
                         ", got " + labels.shape().str(),
                     op.site);
  }
  const Tensor flat = contiguous(flatten(labels));
  const auto check = [name = op.name, site = op.site, classes, ignore_index](const Tensor& x) {
    const std::int64_t* label = x.data<std::int64_t>();
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      if ((label[i] >= 0 && label[i] < classes) || (ignore_index && label[i] == *ignore_index))
        continue;
      throw IndexError(std::string(name) + ": label " + to_string(label[i]) + " of row " +
                           to_string(i) + " is not one of " + to_string(classes) + " classes",
                       site);
    }
  };
  detail::check_values(op, flat, check);
  if (!ignore_index) return {{}, flat};
  const Tensor counts = flat != *ignore_index;
  return {counts, where(counts, flat, 0)};
}

// Losses of rows, of which some do not count, with the weights of a mean.
Tensor finished(const Tensor& losses, const Tensor& weights, const Labels& labels,
                const Shape& outside, Reduction reduction) {
  const Tensor& counts = labels.counts;
  const Tensor all = counts.defined() ? where(counts, losses, 0.0) : losses;
  if (reduction == Reduction::none) return reshape(all, outside);
  if (reduction == Reduction::sum) return sum(all);
  if (!weights.defined() && !counts.defined()) return mean(all);
  Tensor share = weights.defined() ? weights : ones(all.shape(), all.dtype());
  if (counts.defined()) share = where(counts, share, 0.0);
  const Tensor total = sum(share);
  return sum(all) / where(total == 0, 1.0, total);
}

// The weight of each row by its label; undefined without weights.
Tensor row_weights(const Tensor& weight, const Labels& labels) {
  return weight.defined() ? index_select(weight, 0, labels.safe) : Tensor();
}

Tensor without_ignored(const Tensor& scores, const Labels& labels) {
  return labels.counts.defined() ? where(unsqueeze(labels.counts, 1), scores, 0.0) : scores;
}

// Minus the sum over classes of weight * p * log(q); p = 0 counts nothing.
Tensor soft_losses(const Tensor& log_q, const Tensor& p, const Tensor& weight) {
  Tensor losses =
      map([](Element q, Element target) { return -weighted_share(target, q); }, log_q, p);
  if (weight.defined()) losses = losses * weight;
  return sum(losses, -1);
}

Tensor of_probabilities(const Op& op, const Tensor& logits, const Tensor& target,
                        const ClassLossOptions& options) {
  check_same_shape(op, "logits", logits, "probabilities", target);
  if (options.ignore_index) {
    throw ValueError("cross_entropy: ignore_index is for labels, the target is probabilities",
                     op.site);
  }
  const Rows rows = as_rows(op, logits);
  const std::int64_t classes = rows.scores.shape()[1];
  check_weight(op, options.weight, classes, logits.dtype());
  Tensor p = as_rows(op, to(target, logits.dtype())).scores;
  if (options.label_smoothing > 0)
    p = p * (1 - options.label_smoothing) + options.label_smoothing / double(classes);
  return finished(soft_losses(log_softmax(rows.scores, 1), p, options.weight), {}, {}, rows.outside,
                  options.reduction);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, ClassLossOptions options,
                     Site site) {
  const Op op{
      "cross_entropy",
      Save::nothing(),
      site,
      {{"label_smoothing", options.label_smoothing}, {"ignore_index", options.ignore_index}}};
  check_defined(op, {logits, target});
  check_floating(op, "logits", logits);
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw ValueError("cross_entropy: label_smoothing must lie in [0, 1], got " + text_of(smoothing),
                     op.site);
  }
  const OpScope scope(op);
  if (is_floating(target.dtype())) return of_probabilities(op, logits, target, options);
  const Rows rows = as_rows(op, logits);
  const std::int64_t classes = rows.scores.shape()[1];
  check_weight(op, options.weight, classes, logits.dtype());
  const Labels labels = checked_labels(op, target, rows, classes, options.ignore_index);
  const Tensor scores = without_ignored(rows.scores, labels);
  const Tensor weights = row_weights(options.weight, labels);
  Tensor losses = cross_entropy(scores, labels.safe, Reduction::none);
  if (weights.defined()) losses = losses * weights;
  if (smoothing > 0) {
    const Tensor even = full({1, classes}, 1 / double(classes), logits.dtype());
    losses = losses * (1 - smoothing) +
             soft_losses(log_softmax(scores, 1), even, options.weight) * smoothing;
  }
  return finished(losses, weights, labels, rows.outside, options.reduction);
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels, ClassLossOptions options,
                Site site) {
  const Op op{"nll_loss", Save::nothing(), site, {{"ignore_index", options.ignore_index}}};
  check_defined(op, {log_probabilities, labels});
  check_floating(op, "log-probabilities", log_probabilities);
  if (options.label_smoothing != 0)
    throw ValueError("nll_loss: takes no label_smoothing; cross_entropy does", op.site);
  const OpScope scope(op);
  const Rows rows = as_rows(op, log_probabilities);
  const std::int64_t classes = rows.scores.shape()[1];
  check_weight(op, options.weight, classes, log_probabilities.dtype());
  const Labels found = checked_labels(op, labels, rows, classes, options.ignore_index);
  const Tensor scores = without_ignored(rows.scores, found);
  const Tensor weights = row_weights(options.weight, found);
  Tensor losses = -squeeze(gather(scores, 1, unsqueeze(found.safe, 1)), 1);
  if (weights.defined()) losses = losses * weights;
  return finished(losses, weights, found, rows.outside, options.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        BinaryLossOptions options, Site site) {
  const Op op{"binary_cross_entropy_with_logits", Save::nothing(), site};
  check_defined(op, {logits, target});
  check_same_shape(op, "logits", logits, "target", target);
  check_floating(op, "logits", logits);
  check_floating(op, "target", target);
  check_weight(op, options.pos_weight, logits);
  check_weight(op, options.weight, logits);
  const OpScope scope(op);
  const Tensor one = ones({}, logits.dtype());
  const Tensor positive = options.pos_weight.defined() ? options.pos_weight : one;
  Tensor losses = map(
      [](Element x, Element t, Element w) {
        return w * weighted_share(t, softplus(-x)) + weighted_share(1 - t, softplus(x));
      },
      logits, target, positive);
  if (options.weight.defined()) losses = losses * options.weight;
  return reduced(losses, options.reduction);
}

Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target,
                            WeightedLossOptions options, Site site) {
  const Op op{"binary_cross_entropy", Save::nothing(), site};
  const OpScope scope(op);
  if (!options.weight.defined())
    return binary_cross_entropy(probability, target, options.reduction);
  const Tensor losses = binary_cross_entropy(probability, target, Reduction::none);
  check_weight(op, options.weight, probability);
  return reduced(losses * options.weight, options.reduction);
}

Tensor focal_loss(const Tensor& logits, const Tensor& target, FocalOptions options, Site site) {
  const Op op{
      "focal_loss", Save::nothing(), site, {{"alpha", options.alpha}, {"gamma", options.gamma}}};
  check_defined(op, {logits, target});
  check_same_shape(op, "logits", logits, "target", target);
  check_floating(op, "logits", logits);
  check_floating(op, "target", target);
  if (!(options.gamma >= 0))
    throw ValueError("focal_loss: gamma must not be negative, got " + text_of(options.gamma),
                     op.site);
  const OpScope scope(op);
  const double alpha = options.alpha;
  const Tensor losses = map(
      [](Element x, Element t, Element gamma, Element positive, Element negative) {
        const Element loss = weighted_share(t, softplus(-x)) + weighted_share(1 - t, softplus(x));
        const Element missing = t * sigmoid(-x) + (1 - t) * sigmoid(x);
        // Of nothing no slope is taken: that of a power below 1 is infinite.
        const Element factor = where(missing == 0 && gamma > 0, 0, pow(missing, gamma));
        return (t * positive + (1 - t) * negative) * factor * loss;
      },
      logits, target, options.gamma, alpha < 0 ? 1 : alpha, alpha < 0 ? 1 : 1 - alpha);
  return reduced(losses, options.reduction);
}

Tensor dice_loss(const Tensor& probabilities, const Tensor& target, double smooth,
                 Reduction reduction, Site site) {
  const Op op{"dice_loss", Save::nothing(), site, {{"smooth", smooth}}};
  check_defined(op, {probabilities, target});
  check_same_shape(op, "probabilities", probabilities, "target", target);
  check_floating(op, "probabilities", probabilities);
  check_floating(op, "target", target);
  if (probabilities.rank() < 2) {
    throw ShapeError("dice_loss: needs (N, ...), got " + probabilities.shape().str(), op.site);
  }
  const OpScope scope(op);
  const Tensor p = flatten(probabilities, 1), t = flatten(target, 1);
  const Tensor losses = map([](Element both, Element a, Element b,
                               Element s) { return 1 - (2 * both + s) / (a + b + s); },
                            sum(p * t, 1), sum(p, 1), sum(t, 1), smooth);
  return reduced(losses, reduction);
}

Tensor multi_margin_loss(const Tensor& scores, const Tensor& labels, MultiMarginOptions options,
                         Site site) {
  const Op op{
      "multi_margin_loss", Save::nothing(), site, {{"p", options.p}, {"margin", options.margin}}};
  check_defined(op, {scores, labels});
  check_floating(op, "scores", scores);
  if (options.p != 1 && options.p != 2)
    throw ValueError("multi_margin_loss: p must be 1 or 2, got " + text_of(options.p), op.site);
  if (scores.rank() != 2) {
    throw ShapeError("multi_margin_loss: needs (N, classes), got " + scores.shape().str(), op.site);
  }
  const OpScope scope(op);
  const std::int64_t classes = scores.shape()[1];
  check_weight(op, options.weight, classes, scores.dtype());
  const Labels found = checked_labels(op, labels, {scores, {scores.shape()[0]}}, classes, {});
  const Tensor right = gather(scores, 1, unsqueeze(found.safe, 1));
  const Tensor is_right = one_hot(found.safe, classes, scores.dtype());
  const Tensor missing =
      map([](Element x, Element r, Element own,
             Element margin) { return where(own == 1, 0, relu(margin - r + x)); },
          scores, right, is_right, options.margin);
  Tensor losses = sum(options.p == 2 ? square(missing) : missing, 1) / double(classes);
  if (options.weight.defined()) losses = losses * row_weights(options.weight, found);
  return reduced(losses, options.reduction);
}

Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target, Reduction reduction,
                                   Site site) {
  return multilabel_soft_margin_loss(logits, target, {.reduction = reduction}, site);
}

Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target,
                                   WeightedLossOptions options, Site site) {
  const Op op{"multilabel_soft_margin_loss", Save::nothing(), site};
  check_defined(op, {logits, target});
  check_same_shape(op, "logits", logits, "target", target);
  if (logits.rank() != 2) {
    throw ShapeError("multilabel_soft_margin_loss: needs (N, classes), got " + logits.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  Tensor losses = binary_cross_entropy_with_logits(logits, target, Reduction::none);
  check_weight(op, options.weight, logits);
  if (options.weight.defined()) losses = losses * options.weight;
  return reduced(mean(losses, 1), options.reduction);
}

Tensor multilabel_margin_loss(const Tensor& scores, const Tensor& target, Reduction reduction,
                              Site site) {
  const Op op{"multilabel_margin_loss", Save::nothing(), site};
  check_defined(op, {scores, target});
  check_same_shape(op, "scores", scores, "target", target);
  check_floating(op, "scores", scores);
  if (target.dtype() != boolean) {
    throw DtypeError(
        std::string("multilabel_margin_loss: target must be bool, got ") + name_of(target.dtype()),
        op.site);
  }
  if (scores.rank() != 2) {
    throw ShapeError("multilabel_margin_loss: needs (N, classes), got " + scores.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  const Tensor right = to(target, scores.dtype());
  const std::int64_t count = scores.shape()[0], classes = scores.shape()[1];
  // Pairs of classes are as many as their square: those of so many rows at once.
  const std::int64_t step =
      std::max<std::int64_t>(1, (1 << 18) / std::max<std::int64_t>(1, classes * classes));
  Tensors losses;
  for (std::int64_t begin = 0; begin == 0 || begin < count; begin += step) {
    const std::int64_t end = std::min(begin + step, count);
    const Tensor x = slice(scores, 0, begin, end), t = slice(right, 0, begin, end);
    const Tensor pairs =
        map([](Element a, Element b, Element is_a,
               Element is_b) { return where(is_a == 1 && is_b == 0, relu(1 - a + b), 0); },
            unsqueeze(x, 2), unsqueeze(x, 1), unsqueeze(t, 2), unsqueeze(t, 1));
    losses.push_back(sum(pairs, Axes{1, 2}));
  }
  return reduced(cat(losses) / double(classes), reduction);
}

}  // namespace cinta
