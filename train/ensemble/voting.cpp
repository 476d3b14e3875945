#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/train/detail/jobs.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cinta/train/ensemble/voting.hpp>
#include <cmath>

namespace cinta::train {
namespace {

/// Outputs as columns: (rows) is one.
Tensor columns(const char* who, const Tensor& output, std::int64_t rows) {
  if (output.rank() == 0 || output.rank() > 2 || output.shape()[0] != rows)
    throw ShapeError(std::string(who) + ": a learner's output is " + output.shape().str() +
                     ", not (" + std::to_string(rows) + ", columns)");
  return output.rank() == 2 ? output : reshape(output, {rows, 1});
}

std::uint64_t seed_of(const CurveOptions& options, std::size_t i) {
  return make_generator(options.seed, 2 * std::uint64_t(i))();
}

}  // namespace

Tensor vote(const Tensors& outputs, Combining how, const std::vector<double>& weights, Site site) {
  const SiteScope scope(site);
  if (outputs.empty()) throw ValueError("vote: no outputs", site);
  if (!weights.empty() && weights.size() != outputs.size())
    throw ValueError("vote: " + std::to_string(outputs.size()) + " outputs but " +
                         std::to_string(weights.size()) + " weights",
                     site);
  double total = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || std::isinf(weight))
      throw ValueError("vote: a weight is " + std::to_string(weight), site);
    total += weight;
  }
  if (!weights.empty() && total == 0) throw ValueError("vote: all weights are 0", site);
  if (std::isinf(total)) throw ValueError("vote: the weights' sum is infinite", site);
  Tensor sum;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& output = outputs[i];
    if (output.shape() != outputs[0].shape())
      throw ShapeError(
          "vote: outputs are " + outputs[0].shape().str() + " and " + output.shape().str(), site);
    if (how == Combining::vote && (output.rank() != 2 || output.shape()[1] == 0))
      throw ShapeError(
          "vote: an output is " + output.shape().str() + "; a vote needs (rows, classes)", site);
    const Tensor said = how == Combining::mean ? output : detail::votes(output);
    const double share = weights.empty() ? 1 / double(outputs.size()) : weights[i] / total;
    sum = sum.defined() ? sum + said * share : said * share;
  }
  return sum;
}

Tensor cross_val_predict(const Tensor& x, const Tensor& y, const Folds& folds,
                         const Learner& learner, const CurveOptions& options) {
  constexpr const char* who = "cross_val_predict";
  cinta::detail::check_defined({who}, {x, y});
  cinta::detail::check_not_empty("cross_val_predict", "learner", learner);
  if (x.rank() == 0 || y.rank() == 0 || x.shape()[0] != y.shape()[0])
    throw ShapeError("cross_val_predict: x is " + x.shape().str() + " and y " + y.shape().str() +
                     ", not as many rows");
  const std::int64_t rows = x.shape()[0];
  if (folds.empty()) throw ValueError("cross_val_predict: no folds");
  Rows order;
  std::vector<bool> validated(std::size_t(rows), false);
  for (const Fold& fold : folds) {
    for (const std::int64_t row : fold.train) detail::index_of(who, row, validated.size());
    for (const std::int64_t row : fold.validation) {
      const std::size_t at = detail::index_of(who, row, validated.size());
      if (validated[at])
        throw ValueError("cross_val_predict: the folds validate row " + std::to_string(row) +
                         " twice");
      validated[at] = true;
      order.push_back(row);
    }
  }
  if (std::int64_t(order.size()) != rows)
    throw ValueError("cross_val_predict: the folds validate " + std::to_string(order.size()) +
                     " of " + std::to_string(rows) + " rows");
  Tensors outputs(folds.size());
  detail::run_jobs(
      folds.size(), options.threads, options.seed,
      [&](std::size_t i) {
        const Predictor model =
            learner(take(x, folds[i].train), take(y, folds[i].train), seed_of(options, i));
        cinta::detail::check_not_empty(who, "what a learner returned", model);
        const NoGrad guard;
        outputs[i] = columns(who, model(take(x, folds[i].validation)),
                             std::int64_t(folds[i].validation.size()));
      },
      options.on_run);
  // From the folds' order back to that of the rows.
  Rows places(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) places[std::size_t(order[i])] = std::int64_t(i);
  const NameScope name(who);
  return take(cat(outputs, 0), places);
}

Stacking::Stacking(const Tensor& x, const Tensor& y, const Folds& folds,
                   const std::vector<Learner>& learners, const Learner& final,
                   const CurveOptions& options) {
  if (learners.empty()) throw ValueError("Stacking: no learners");
  cinta::detail::check_not_empty("Stacking", "final", final);
  Tensors seen;
  for (const Learner& learner : learners)
    seen.push_back(cross_val_predict(x, y, folds, learner, options));
  models_.resize(learners.size());
  detail::run_jobs(learners.size(), options.threads, options.seed,
                   [&](std::size_t i) { models_[i] = learners[i](x, y, seed_of(options, i)); }, {});
  detail::run_jobs(1, 1, options.seed,
                   [&](std::size_t i) { final_ = final(cat(seen, 1), y, seed_of(options, i)); });
  cinta::detail::check_not_empty("Stacking", "what final returned", final_);
}

Tensor Stacking::operator()(const Tensor& x) const {
  const NoGrad guard;
  Tensors outputs;
  for (const Predictor& model : models_)
    outputs.push_back(columns("Stacking", model(x), x.shape()[0]));
  return final_(cat(outputs, 1));
}

}  // namespace cinta::train
