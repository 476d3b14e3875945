#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/train/lr_range_test.hpp>
#include <cmath>
#include <unordered_set>

namespace cinta::train {
namespace {

void check(bool ok, const char* option, const char* rule, double value, const Site& site) {
  optim::check_option("lr_range_test", option, ok, rule, value, site);
}

// How far the smoothed loss falls: the number of its lowest point.
std::size_t lowest(const LrRange& range, const Site& site) {
  const auto& y = range.smoothed;
  const auto at = std::size_t(std::min_element(y.begin(), y.end()) - y.begin());
  if (y.size() < 3 || at == 0) {
    throw ValueError("lr_range_test: the loss did not fall at any of " + std::to_string(y.size()) +
                         " rates; begin with smaller ones, or look at the model",
                     site);
  }
  return at;
}

}  // namespace

double LrRange::steepest(Site site) const {
  const std::size_t end = lowest(*this, site), first = std::min(lr.size() / 10, end - 1);
  std::size_t best = first;
  double least = 0;
  for (std::size_t i = first; i <= end; ++i) {
    const std::size_t a = i > first ? i - 1 : i, b = std::min(i + 1, end);
    if (a == b) continue;
    const double slope = (smoothed[b] - smoothed[a]) / std::log(lr[b] / lr[a]);
    if (slope < least) least = slope, best = i;
  }
  return lr[best];
}

double LrRange::valley(Site site) const {
  const std::size_t end = lowest(*this, site);
  std::vector<std::size_t> length(end + 1, 1);  // of the longest one that ends at each point
  std::size_t last = 0;
  for (std::size_t i = 0; i <= end; ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if (smoothed[i] < smoothed[j]) length[i] = std::max(length[i], length[j] + 1);
    if (length[i] > length[last]) last = i;
  }
  return lr[last - length[last] / 2];
}

double LrRange::minimum_tenth(Site site) const { return lr[lowest(*this, site)] / 10; }

namespace detail {

LrRangeRun::LrRangeRun(const nn::Module& model, optim::Optimizer& optimizer,
                       const LrRangeOptions& o, const Site& site)
    : optimizer_(optimizer), options_(o), modes_(model), generator_(generator_state()) {
  check(o.start > 0, "start", "be positive", o.start, site);
  check(o.end > o.start, "end", "be above start", o.end, site);
  check(o.steps >= 2, "steps", "be at least 2", o.steps, site);
  check(o.smoothing >= 0 && o.smoothing < 1, "smoothing", "lie in [0, 1)", o.smoothing, site);
  check(o.diverge == 0 || o.diverge > 1, "diverge", "be above 1, or 0", o.diverge, site);
  const double base = optimizer.option("lr", 0, site);
  if (!(base > 0)) {
    throw ValueError(
        "lr_range_test: the optimizer's lr is 0, and rates of groups are in proportion to it",
        site);
  }
  for (std::size_t group = 0; group < optimizer.group_count(); ++group)
    shares_.push_back(optimizer.option("lr", group, site) / base);

  load_state_ = optimizer.prepare_load(optimizer.state_dict(), site);
  std::unordered_set<const TensorImpl*> seen;
  const NoGrad no_grad;
  for (const Tensors& list : {model.all_tensors(), optimizer.parameters()}) {
    for (const Tensor& x : list) {
      if (!seen.insert(x.impl()).second) continue;
      tensors_.push_back(x);
      values_.push_back(clone(x.detach()));
      gradients_.push_back(x.is_leaf() && x.requires_grad() ? x.grad() : Tensor());
    }
  }
  // Taken away, so that nothing is added to them.
  for (const Tensor& x : tensors_)
    if (x.is_leaf() && x.requires_grad()) x.set_grad({});
  model.train();
  optimizer.train(site);
}

double LrRangeRun::rate(int step) const {
  const double share = double(step) / (options_.steps - 1);
  if (step == options_.steps - 1) return options_.end;
  if (options_.sweep == Sweep::linear)
    return options_.start + share * (options_.end - options_.start);
  return options_.start * std::pow(options_.end / options_.start, share);
}

void LrRangeRun::feed(const Tensor& loss, const Site& site) {
  const double value = loss.item();
  ++fed_;
  if (steps_ == 0) {
    range_.loss_before = value;
    if (!std::isfinite(value)) {
      throw ValueError(
          "lr_range_test: the loss is " + cinta::detail::text_of(value) + " before the first step",
          site);
    }
  } else if (!std::isfinite(value)) {
    range_.diverged = done_ = true;
  } else {
    average_ = options_.smoothing * average_ + (1 - options_.smoothing) * value;
    const double running = average_ / (1 - std::pow(options_.smoothing, steps_));
    range_.lr.push_back(rate(steps_ - 1));
    range_.loss.push_back(value);
    best_ = steps_ == 1 ? running : std::min(best_, running);
    const double most = best_ + (options_.diverge - 1) * std::abs(best_);
    range_.diverged = options_.diverge > 0 && running > most;
    done_ = range_.diverged || steps_ == options_.steps;
  }
  if (done_) return;
  for (std::size_t group = 0; group < shares_.size(); ++group)
    optimizer_.set_option("lr", shares_[group] * rate(steps_), group, site);
  optimizer_.zero_grad(true, site);
  loss.backward({}, {}, site);
  optimizer_.step(site);
  ++steps_;
}

LrRange LrRangeRun::take() {
  std::vector<double> loss = range_.loss;
  if (range_.diverged && loss.size() > 1)
    loss.back() = std::min(loss.back(), *std::max_element(loss.begin(), loss.end() - 1));
  for (std::size_t i = 0; i < loss.size(); ++i) {
    double sum = 0, weights = 0;
    for (std::size_t j = 0; j < loss.size(); ++j) {
      const double weight = std::pow(options_.smoothing, std::abs(double(i) - double(j)));
      sum += weight * loss[j];
      weights += weight;
    }
    range_.smoothed.push_back(sum / weights);
  }
  return std::move(range_);
}

void LrRangeRun::check_pass(const Site& site) {
  if (fed_ == fed_before_pass_)
    throw ValueError("lr_range_test: the loader gave no batch in a pass", site);
  fed_before_pass_ = fed_;
}

void LrRangeRun::restore(const Site& site) {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Tensor& x = tensors_[i];
    copy_(x, values_[i], site);
    if (x.is_leaf() && x.requires_grad()) x.set_grad(gradients_[i], site);
  }
  load_state_();
  set_generator_state(generator_);
}

}  // namespace detail
}  // namespace cinta::train
