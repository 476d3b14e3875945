#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/loss/adaptive_softmax.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta::nn {
namespace {

using std::to_string;
using Numbers = std::vector<std::int64_t>;

constexpr const char* name = "AdaptiveLogSoftmaxWithLoss: ";

Tensor list(const Numbers& values) { return from_data(values, {std::int64_t(values.size())}); }

// Element ids[i] of row i.
Tensor picked(const Tensor& rows, const Numbers& ids) {
  return squeeze(gather(rows, 1, unsqueeze(list(ids), 1)), 1);
}

Numbers checked_cutoffs(Numbers cutoffs, std::int64_t in_features, std::int64_t n_classes,
                        const Site& site) {
  bool rising = !cutoffs.empty() && cutoffs[0] >= 1;
  cutoffs.push_back(n_classes);
  for (std::size_t i = 1; i < cutoffs.size(); ++i) rising = rising && cutoffs[i - 1] < cutoffs[i];
  if (!rising || in_features < 1) {
    cutoffs.pop_back();
    throw ValueError(
        std::string(name) + "needs in_features from 1 and cutoffs that rise from 1 to " +
            "n_classes - 1, got in_features " + to_string(in_features) + ", n_classes " +
            to_string(n_classes) + ", cutoffs " + Shape(cutoffs).str(),
        site);
  }
  return cutoffs;
}

}  // namespace

AdaptiveLogSoftmaxOutput::operator Tensors() const { return {output, loss}; }

AdaptiveLogSoftmaxWithLoss::AdaptiveLogSoftmaxWithLoss(std::int64_t in_features,
                                                       std::int64_t n_classes, Numbers cutoffs,
                                                       AdaptiveLogSoftmaxOptions options, Site site)
    : in_features_(in_features),
      cutoffs_(checked_cutoffs(std::move(cutoffs), in_features, n_classes, site)),
      head_(add("head",
                Linear(in_features, cutoffs_[0] + std::int64_t(cutoffs_.size()) - 1,
                       {.bias = options.head_bias, .dtype = options.dtype}, site),
                site)) {
  for (std::size_t i = 0; i + 1 < cutoffs_.size(); ++i) {
    const double share =
        std::floor(double(in_features) / std::pow(options.div_value, double(i + 1)));
    if (!(share >= 1 && share < 1e18)) {
      throw ValueError(std::string(name) + "cluster " + to_string(i) + " has in_features " +
                           to_string(in_features) + " / div_value " +
                           cinta::detail::text_of(options.div_value) + "^" + to_string(i + 1) +
                           " features, which is none",
                       site);
    }
    const LinearOptions plain{.bias = false, .dtype = options.dtype};
    const auto features = std::int64_t(share);
    tail_.push_back(Sequential(Linear(in_features, features, plain, site),
                               Linear(features, cutoffs_[i + 1] - cutoffs_[i], plain, site)),
                    site);
  }
  tail_ = add("tail", tail_, site);
}

AdaptiveLogSoftmaxOutput AdaptiveLogSoftmaxWithLoss::operator()(const Tensor& input,
                                                                const Tensor& target,
                                                                Site site) const {
  const Call call(*this, site);
  const auto [output, loss] =
      call([&](const Tensor& x, const Tensor& t) { return of_targets(x, t); }, input, target);
  return {output, loss};
}

Tensor AdaptiveLogSoftmaxWithLoss::log_prob(const Tensor& input, Site site) const {
  const Call call(*this, site);
  check_input(input, 2, SiteScope::resolve({}));
  return of_all(input);
}

Tensor AdaptiveLogSoftmaxWithLoss::predict(const Tensor& input, Site site) const {
  const Call call(*this, site);
  check_input(input, 2, SiteScope::resolve({}));
  return argmax(of_all(input), 1);
}

void AdaptiveLogSoftmaxWithLoss::check_input(const Tensor& input, int axes,
                                             const Site& site) const {
  const bool fits = input.defined() && input.rank() == axes && input.shape().back() == in_features_;
  if (fits) return;
  const std::string features = to_string(in_features_);
  throw ShapeError(std::string(name) + "input must be " +
                       (axes == 2 ? "(N, " + features + ")" : "(" + features + ",)") + ", it is " +
                       (input.defined() ? input.shape().str() : "an undefined tensor"),
                   site);
}

std::pair<Tensor, Tensor> AdaptiveLogSoftmaxWithLoss::of_targets(const Tensor& input,
                                                                 const Tensor& target) const {
  const Site site = SiteScope::resolve({});
  if (!target.defined() || target.dtype() != int64 || target.rank() > 1) {
    throw ShapeError(std::string(name) + "target must be int64 (N,) or (), it is " +
                         (target.defined() ? target.spec().str() : "an undefined tensor"),
                     site);
  }
  if (target.rank() == 0) {
    check_input(input, 1, site);
    const auto [output, loss] = of_targets(unsqueeze(input, 0), unsqueeze(target, 0));
    return {squeeze(output, 0), loss};
  }
  check_input(input, 2, site);
  if (target.shape()[0] != input.shape()[0]) {
    throw ShapeError(std::string(name) + "input " + input.shape().str() + " and target " +
                         target.shape().str() + " have different numbers of rows",
                     site);
  }

  // The rows of each cluster, and what each row is in the head and there.
  const Numbers labels = target.to_vector<std::int64_t>();
  std::vector<Numbers> rows(tail_.size()), members(tail_.size());
  Numbers in_head = labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= cutoffs_.back()) {
      throw IndexError(std::string(name) + "target[" + to_string(i) + "] is " +
                           to_string(labels[i]) + ", there are " + to_string(cutoffs_.back()) +
                           " classes",
                       site);
    }
    const auto above = std::upper_bound(cutoffs_.begin(), cutoffs_.end(), labels[i]);
    if (above == cutoffs_.begin()) continue;
    const auto cluster = std::size_t(above - cutoffs_.begin() - 1);
    in_head[i] = cutoffs_[0] + std::int64_t(cluster);
    rows[cluster].push_back(std::int64_t(i));
    members[cluster].push_back(labels[i] - cutoffs_[cluster]);
  }

  Tensor output = picked(log_softmax(head_(input), 1), in_head);
  for (std::size_t c = 0; c < rows.size(); ++c) {
    if (rows[c].empty()) continue;
    const Tensor ids = list(rows[c]);
    const Tensor inner = log_softmax(tail_[std::int64_t(c)](index_select(input, 0, ids)), 1);
    output = output + index_add(output.shape(), ids, picked(inner, members[c]));
  }
  return {output, -mean(output)};
}

Tensor AdaptiveLogSoftmaxWithLoss::of_all(const Tensor& input) const {
  const Tensor head = log_softmax(head_(input), 1);
  const std::int64_t first = cutoffs_[0];
  Tensors parts{slice(head, 1, 0, first)};
  for (std::size_t c = 0; c < tail_.size(); ++c) {
    const auto i = std::int64_t(c);
    const Tensor inner = log_softmax(tail_[i](input), 1);
    parts.push_back(inner + slice(head, 1, first + i, first + i + 1));
  }
  return cat(parts, 1);
}

}  // namespace cinta::nn
