#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/loss/ctc.hpp>
#include <cinta/ops/nn/softmax.hpp>

#include "ops/op_table/reduce/folds.hpp"

namespace {

using namespace op_table;

using Labels = std::vector<std::int64_t>;

// Sums over all sequences of classes that become the labels when repeats and blanks (0) are taken
// out.
double loss_of(const Tensor& log_probs, std::int64_t row, std::int64_t steps,
               const Labels& labels) {
  const std::int64_t rows = log_probs.size(1), classes = log_probs.size(2);
  std::int64_t paths = 1;
  for (std::int64_t t = 0; t < steps; ++t) paths *= classes;
  double most = -inf;
  Values all;
  for (std::int64_t path = 0; path < paths; ++path) {
    Labels found;
    double sum = 0;
    std::int64_t rest = path, before = 0;
    for (std::int64_t t = 0; t < steps; ++t) {
      const std::int64_t c = rest % classes;
      rest /= classes;
      sum += at(log_probs, (t * rows + row) * classes + c);
      if (c != 0 && c != before) found.push_back(c);
      before = c;
    }
    if (found == labels) all.push_back(sum), most = std::max(most, sum);
  }
  double sum = 0;
  for (const double v : all) sum += std::exp(v - most);
  return all.empty() ? inf : -(most + std::log(sum));
}

check::Function plain(Reduction reduction, bool zero_infinity) {
  return [=](const Tensors& in) {
    double sum = 0;
    const Tensor losses = build({in[0].size(1)}, float64, [&](std::int64_t row) {
      Labels labels;
      for (std::int64_t k = 0; k < std::int64_t(at(in[3], row)); ++k)
        labels.push_back(std::int64_t(at(in[1], row * in[1].size(1) + k)));
      double loss = loss_of(in[0], row, std::int64_t(at(in[2], row)), labels);
      if (zero_infinity && loss == inf) loss = 0;
      sum += loss / std::max(1.0, double(labels.size())) / double(in[0].size(1));
      return loss;
    });
    if (reduction == Reduction::none) return losses;
    return build({}, float64, [&](std::int64_t) { return sum; });
  };
}

Tensor whole(const Shape& shape, Values values) {
  return build(shape, int64, [&](std::int64_t i) { return values[std::size_t(i)]; });
}

const Register here({
    {.name = "ctc_loss",
     .function = [](const Tensors& in) { return ctc_loss(in[0], in[1], in[2], in[3]); },
     .reference = plain(Reduction::mean, false),
     .samples = {{reals({4, 2, 3}), integers({2, 2}, {1, 1, 2, 1}), integers({2}, {4, 3}),
                  integers({2}, {2, 1})},
                 {reals({3, 2, 3}), integers({2, 2}, {1, 2, 1, 1}), integers({2}, {3, 2}),
                  integers({2}, {2, 0})},
                 {reals({2, 1, 2}), integers({1, 1}, {1}), integers({1}, {1}), integers({1}, {1})}},
     .errors =
         {{{reals({4, 1, 3}), integers({1, 2}, {1, 3}), integers({1}, {4}), integers({1}, {2})},
           "ctc_loss: label 3 at (0, 1) is not one of 3 classes"},
          {{reals({4, 1, 3}), integers({1, 2}, {1, 0}), integers({1}, {4}), integers({1}, {2})},
           "ctc_loss: label 0 at (0, 1) is the blank"},
          {{reals({4, 1, 3}), integers({1, 2}, {1, 2}), integers({1}, {5}), integers({1}, {2})},
           "ctc_loss: input_lengths must lie in [0, 4], got 5"},
          {{reals({4, 1, 3}), integers({1, 2}, {1, 2}), integers({1}, {4}), integers({1}, {3})},
           "ctc_loss: target_lengths must lie in [0, 2], got 3"},
          {{reals({4, 1, 3}), integers({2, 2}, 1, 2), integers({1}, {4}), integers({1}, {2})},
           "ctc_loss: targets must have the shape (1, 2), got (2, 2)"},
          {{reals({4, 3}), integers({1, 2}, 1, 2), integers({1}, {4}), integers({1}, {2})},
           "ctc_loss: needs log_probs (steps, N, classes) and targets (N, labels), got (4, 3) "
           "and (1, 2)"}},
     .propagates_nan = false,  // beyond the lengths
     .infinities = false,
     .extremes = false},
    {.name = "ctc_loss, what lies beyond the lengths",
     .function = [](const Tensors& in) { return ctc_loss(in[0], in[1], in[2], in[3]); },
     .reference = plain(Reduction::mean, false),
     .samples = {{reals({3, 2, 3}), integers({2, 2}, {1, 2, 9, 0}), integers({2}, {3, 2}),
                  integers({2}, {2, 0})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false,
     .strided = false},  // other labels would count
    {.name = "ctc_loss, without an alignment",
     .function =
         [](const Tensors& in) {
           return ctc_loss(in[0], in[1], in[2], in[3], {.reduction = Reduction::none});
         },
     .reference = plain(Reduction::none, false),
     .samples = {{reals({2, 2, 2}).fixed(), integers({2, 2}, {1, 1, 1, 1}), integers({2}, {2, 2}),
                  integers({2}, {2, 1})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "ctc_loss, no infinities",
     .function =
         [](const Tensors& in) {
           return ctc_loss(in[0], in[1], in[2], in[3], {.zero_infinity = true});
         },
     .reference = plain(Reduction::mean, true),
     .samples = {{reals({2, 2, 2}), integers({2, 2}, {1, 1, 1, 1}), integers({2}, {2, 2}),
                  integers({2}, {2, 1})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "ctc_loss, gradients without an alignment",
     .function = gradient_of([](const Tensor& x) {
       const Tensor targets = whole({1, 2}, {1, 1}), two = whole({1}, {2});
       return ctc_loss(x, targets, two, two, {.reduction = Reduction::sum}) +
              ctc_loss(x, targets, two, two, {.zero_infinity = true});
     }),
     .reference = given({2, 1, 2}, {0, 0, 0, 0}),
     .samples = {{reals({2, 1, 2})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
});

}  // namespace
