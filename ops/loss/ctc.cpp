#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/loss/ctc.hpp>
#include <cinta/ops/loss/detail/checks.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/pad.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

using std::to_string;

constexpr double infinity = std::numeric_limits<double>::infinity();

void check_whole(const Op& op, const char* what, const Tensor& x, const Shape& shape) {
  if (x.dtype() != int64) {
    throw DtypeError(std::string("ctc_loss: ") + what + " must be int64, got " + name_of(x.dtype()),
                     op.site);
  }
  if (x.shape() != shape) {
    throw ShapeError(std::string("ctc_loss: ") + what + " must have the shape " + shape.str() +
                         ", got " + x.shape().str(),
                     op.site);
  }
}

void check_lengths(const Op& op, const char* what, const Tensor& lengths, std::int64_t most) {
  for (const std::int64_t length : lengths.to_vector<std::int64_t>()) {
    if (length >= 0 && length <= most) continue;
    throw IndexError(std::string("ctc_loss: ") + what + " must lie in [0, " + to_string(most) +
                         "], got " + to_string(length),
                     op.site);
  }
}

// States are a blank, the first label, a blank, the second label ...: (N, 2 labels + 1).
struct States {
  Tensor classes;  // of each state; 0 beyond the length
  Tensor skips;    // bool: whether the blank before it may be left out
  Tensor exists;   // bool
};
States states_of(const Op& op, const Tensor& targets, const Tensor& lengths, std::int64_t blank,
                 std::int64_t class_count) {
  const std::int64_t rows = targets.shape()[0], labels = targets.shape()[1];
  const std::int64_t count = 2 * labels + 1;
  const std::vector<std::int64_t> target = targets.to_vector<std::int64_t>();
  const std::vector<std::int64_t> length = lengths.to_vector<std::int64_t>();
  std::vector<std::int64_t> classes(std::size_t(rows * count), blank);
  std::vector<bool> skips(classes.size()), exists(classes.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t own = length[std::size_t(i)];
    for (std::int64_t s = 0; s <= 2 * own; ++s) exists[std::size_t(i * count + s)] = true;
    for (std::int64_t k = 0; k < own; ++k) {
      const std::int64_t label = target[std::size_t(i * labels + k)];
      if (label < 0 || label >= class_count) {
        throw IndexError("ctc_loss: label " + to_string(label) + " at (" + to_string(i) + ", " +
                             to_string(k) + ") is not one of " + to_string(class_count) +
                             " classes",
                         op.site);
      }
      if (label == blank) {
        throw ValueError("ctc_loss: label " + to_string(label) + " at (" + to_string(i) + ", " +
                             to_string(k) + ") is the blank",
                         op.site);
      }
      const auto state = std::size_t(i * count + 2 * k + 1);
      classes[state] = label;
      skips[state] = k > 0 && target[std::size_t(i * labels + k - 1)] != label;
    }
  }
  const Shape shape{rows, count};
  return {from_data(classes, shape), from_data(skips, shape), from_data(exists, shape)};
}

// Each state's value `by` states before.
Tensor before(const Tensor& values, std::int64_t by) {
  const std::int64_t count = values.shape()[1];
  return pad(slice(values, 1, 0, std::max<std::int64_t>(count - by, 0)), {std::min(by, count), 0},
             {.value = -infinity});
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, CtcOptions options, Site site) {
  const Op op{"ctc_loss",
              Save::nothing(),
              site,
              {{"blank", options.blank}, {"zero_infinity", options.zero_infinity}}};
  detail::check_defined(op, {log_probs, targets, input_lengths, target_lengths});
  detail::check_floating(op, "log_probs", log_probs);
  if (log_probs.rank() != 3 || targets.rank() != 2) {
    throw ShapeError("ctc_loss: needs log_probs (steps, N, classes) and targets (N, labels), got " +
                         log_probs.shape().str() + " and " + targets.shape().str(),
                     op.site);
  }
  const std::int64_t steps = log_probs.shape()[0], rows = log_probs.shape()[1];
  const std::int64_t classes = log_probs.shape()[2], labels = targets.shape()[1];
  check_whole(op, "targets", targets, {rows, labels});
  check_whole(op, "input_lengths", input_lengths, {rows});
  check_whole(op, "target_lengths", target_lengths, {rows});
  check_lengths(op, "input_lengths", input_lengths, steps);
  check_lengths(op, "target_lengths", target_lengths, labels);
  if (options.blank < 0 || options.blank >= classes) {
    throw IndexError("ctc_loss: blank " + to_string(options.blank) + " is not one of " +
                         to_string(classes) + " classes",
                     op.site);
  }
  const OpScope scope(op);
  const States states = states_of(op, targets, target_lengths, options.blank, classes);
  // The logarithm of the probability to be in each state; before the first step, in front of all:
  // that is a state whose only ways lead to the first two.
  Tensor here = full(states.classes.shape(), -infinity, log_probs.dtype());
  const Tensor first = arange(states.classes.shape()[1]) < 2;
  for (std::int64_t t = 0; t < steps; ++t) {
    const Tensor emitted = gather(select(log_probs, 0, t), 1, states.classes);
    const Tensor ways = t == 0 ? where(first, 0.0, here)
                               : logsumexp(stack({here, before(here, 1),
                                                  where(states.skips, before(here, 2), -infinity)}),
                                           0);
    const Tensor next =
        where(logical_and(states.exists, ways > -infinity), ways + emitted, -infinity);
    here = where(unsqueeze(input_lengths > t, 1), next, here);
  }
  // Sequences end in the last label or the blank behind it.
  const Tensor last = unsqueeze(target_lengths * 2, 1);
  const Tensor has_label = unsqueeze(target_lengths > 0, 1);
  const Tensor label_end =
      where(has_label, gather(here, 1, where(has_label, last - 1, 0)), -infinity);
  const Tensor ends = cat({gather(here, 1, last), label_end}, 1);
  // Without a step, nothing but no labels at all is certain.
  const Tensor nothing = logical_and(input_lengths == 0, target_lengths == 0);
  Tensor losses = where(nothing, 0.0, -logsumexp(ends, 1));
  if (options.zero_infinity) losses = where(losses == infinity, 0.0, losses);
  if (options.reduction == Reduction::mean) {
    const Tensor lengths = to(target_lengths, losses.dtype());
    losses = losses / where(lengths == 0, 1.0, lengths);
  }
  return detail::reduced(losses, options.reduction);
}

}  // namespace cinta
