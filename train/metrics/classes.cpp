#include <algorithm>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/metrics/classes.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <limits>

namespace cinta::train {
namespace {

using detail::mean_of;
using detail::refuse;

/// Returns the number of classes.
std::size_t check(const char* metric, Labels truth, Values scores, Values weights) {
  if (truth.empty()) refuse(metric, "no values");
  const std::size_t classes = scores.size() / truth.size();
  if (classes == 0 || classes * truth.size() != scores.size())
    refuse(metric, std::to_string(truth.size()) + " true classes but " +
                       std::to_string(scores.size()) + " scores, not as many for each row");
  detail::check(metric, scores);
  detail::check_weights(metric, truth.size(), weights);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] < 0 || truth[i] >= std::int64_t(classes))
      refuse(metric, "the class of row " + std::to_string(i) + " is " + std::to_string(truth[i]) +
                         ", not one of " + std::to_string(classes));
  return classes;
}

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int64_t classes) : classes_(classes) {
  if (classes < 1)
    refuse("ConfusionMatrix", "needs at least one class, got " + std::to_string(classes));
  reset();
}

void ConfusionMatrix::reset() { counts_.assign(std::size_t(classes_ * classes_), 0); }

void ConfusionMatrix::update(Labels truth, Labels predicted, Values weights) {
  if (truth.size() != predicted.size())
    refuse("ConfusionMatrix", std::to_string(truth.size()) + " true classes but " +
                                  std::to_string(predicted.size()) + " predictions");
  if (!weights.empty()) detail::check_weights("ConfusionMatrix", truth.size(), weights);
  for (const bool of_truth : {true, false}) {
    const Labels labels = of_truth ? truth : predicted;
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (labels[i] < 0 || labels[i] >= classes_)
        refuse("ConfusionMatrix", std::string(of_truth ? "the true" : "the predicted") +
                                      " class of row " + std::to_string(i) + " is " +
                                      std::to_string(labels[i]) + ", not one of " +
                                      std::to_string(classes_));
  }
  for (std::size_t i = 0; i < truth.size(); ++i)
    counts_[std::size_t(truth[i] * classes_ + predicted[i])] += detail::weight(weights, i);
}

void ConfusionMatrix::update(const Tensor& truth, const Tensor& predicted, Site site) {
  const SiteScope scope(site);
  const NoGrad guard;
  cinta::detail::check_defined({"ConfusionMatrix", site}, {truth, predicted});
  const bool scores = predicted.rank() == 2;
  for (const bool of_truth : {true, false}) {
    const Dtype dtype = (of_truth ? truth : predicted).dtype();
    if (dtype != int64 && (of_truth || !scores))
      throw DtypeError(std::string("ConfusionMatrix: the ") + (of_truth ? "true" : "predicted") +
                           " classes are " + name_of(dtype) + ", not int64",
                       site);
  }
  if (scores && predicted.shape()[1] != classes_)
    throw ShapeError("ConfusionMatrix: scores are " + predicted.shape().str() + ", not (rows, " +
                         std::to_string(classes_) + ")",
                     site);
  if (scores) {  // the largest of them would be the first one that is NaN
    const auto wrong = to(any(isnan(predicted), 1), int64).to_vector<std::int64_t>();
    for (std::size_t row = 0; row < wrong.size(); ++row)
      if (wrong[row])
        refuse("ConfusionMatrix", "a score of row " + std::to_string(row) + " is NaN");
  }
  update(truth.to_vector<std::int64_t>(),
         (scores ? argmax(predicted, 1) : predicted).to_vector<std::int64_t>());
}

void ConfusionMatrix::merge(const ConfusionMatrix& other) {
  if (other.classes_ != classes_)
    refuse("ConfusionMatrix", "cannot add one of " + std::to_string(other.classes_) +
                                  " classes to one of " + std::to_string(classes_));
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

double ConfusionMatrix::at(std::int64_t truth, std::int64_t predicted) const {
  if (truth < 0 || truth >= classes_ || predicted < 0 || predicted >= classes_)
    refuse("ConfusionMatrix", "no such class");
  return counts_[std::size_t(truth * classes_ + predicted)];
}

double ConfusionMatrix::truth(std::int64_t of) const {
  double sum = 0;
  for (std::int64_t i = 0; i < classes_; ++i) sum += at(of, i);
  return sum;
}

double ConfusionMatrix::predicted(std::int64_t of) const {
  double sum = 0;
  for (std::int64_t i = 0; i < classes_; ++i) sum += at(i, of);
  return sum;
}

double ConfusionMatrix::total() const {
  double sum = 0;
  for (const double count : counts_) sum += count;
  return sum;
}

double ConfusionMatrix::accuracy() const {
  const double all = total();
  if (all == 0) refuse("ConfusionMatrix", "no rows yet");
  double right = 0;
  for (std::int64_t i = 0; i < classes_; ++i) right += at(i, i);
  return right / all;
}

double ConfusionMatrix::balanced_accuracy() const {
  if (total() == 0) refuse("ConfusionMatrix", "no rows yet");
  double sum = 0, there = 0;
  for (std::int64_t i = 0; i < classes_; ++i)
    if (truth(i) > 0) sum += recall(i), ++there;
  return sum / there;
}

double ConfusionMatrix::precision(std::int64_t of) const {
  return quotient(at(of, of), predicted(of));
}
double ConfusionMatrix::recall(std::int64_t of) const { return quotient(at(of, of), truth(of)); }
double ConfusionMatrix::f1(std::int64_t of) const {
  return quotient(at(of, of), truth(of) / 2 + predicted(of) / 2);
}

double ConfusionMatrix::average(Averaging how,
                                double (ConfusionMatrix::*figure)(std::int64_t) const) const {
  if (how == Averaging::micro) return accuracy();  // as each row has one class and one prediction
  if (total() == 0) refuse("ConfusionMatrix", "no rows yet");
  double sum = 0, weights = 0;
  for (std::int64_t i = 0; i < classes_; ++i) {
    const double weight = how == Averaging::weighted ? truth(i) : truth(i) + predicted(i) > 0;
    sum += weight * (this->*figure)(i);
    weights += weight;
  }
  return sum / weights;
}

double ConfusionMatrix::precision(Averaging how) const {
  return average(how, &ConfusionMatrix::precision);
}
double ConfusionMatrix::recall(Averaging how) const {
  return average(how, &ConfusionMatrix::recall);
}
double ConfusionMatrix::f1(Averaging how) const { return average(how, &ConfusionMatrix::f1); }

double ConfusionMatrix::matthews() const {
  const double all = total();
  if (all == 0) refuse("ConfusionMatrix", "no rows yet");
  // With shares instead of counts, whose products might leave the range.
  double right = 0, both = 0, truths = 0, predictions = 0;
  for (std::int64_t i = 0; i < classes_; ++i) {
    const double t = truth(i) / all, p = predicted(i) / all;
    right += at(i, i) / all;
    both += t * p;
    truths += t * t;
    predictions += p * p;
  }
  const double spread = (1 - truths) * (1 - predictions);
  return spread <= 0 ? 0 : (right - both) / std::sqrt(spread);
}

double ConfusionMatrix::kappa(Disagreement distance) const {
  const double all = total();
  if (all == 0) refuse("ConfusionMatrix", "no rows yet");
  std::vector<double> truths, predictions;  // each is a sum over all classes
  for (std::int64_t i = 0; i < classes_; ++i) {
    truths.push_back(truth(i));
    predictions.push_back(predicted(i));
  }
  double seen = 0, expected = 0;
  for (std::int64_t i = 0; i < classes_; ++i)
    for (std::int64_t j = 0; j < classes_; ++j) {
      const double apart = std::abs(double(i - j));
      const double weight = distance == Disagreement::any      ? i != j
                            : distance == Disagreement::linear ? apart
                                                               : apart * apart;
      seen += weight * at(i, j);
      expected += weight * truths[std::size_t(i)] * (predictions[std::size_t(j)] / all);
    }
  return expected == 0 ? std::numeric_limits<double>::quiet_NaN() : 1 - seen / expected;
}

double top_k_accuracy(Labels truth, Values scores, int k, Values weights) {
  const std::size_t classes = check("top_k_accuracy", truth, scores, weights);
  if (k < 1) refuse("top_k_accuracy", "k must be at least 1, got " + std::to_string(k));
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    const Values row = scores.subspan(i * classes, classes);
    const auto own = std::size_t(truth[i]);
    int before = 0;
    for (std::size_t c = 0; c < classes; ++c)
      before += row[c] > row[own] || (row[c] == row[own] && c > own);
    return double(before < k);
  });
}

double log_loss(Labels truth, Values probabilities, double eps, Values weights) {
  const std::size_t classes = check("log_loss", truth, probabilities, weights);
  detail::check_probabilities("log_loss", probabilities);
  detail::check_eps("log_loss", eps);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    double sum = 0;
    for (const double p : probabilities.subspan(i * classes, classes)) sum += p;
    if (std::abs(sum - 1) > 1e-6)
      refuse("log_loss", "the probabilities of row " + std::to_string(i) + " add up to " +
                             std::to_string(sum) + ", not 1");
  }
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    return -std::log(std::clamp(probabilities[i * classes + std::size_t(truth[i])], eps, 1.0));
  });
}

double brier_score(Labels truth, Values probabilities, Values weights) {
  const std::size_t classes = check("brier_score", truth, probabilities, weights);
  detail::check_probabilities("brier_score", probabilities);
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double error = probabilities[i * classes + c] - (c == std::size_t(truth[i]));
      sum += error * error;
    }
    return sum;
  });
}

double roc_auc(Labels truth, Values scores, Values weights) {
  const std::size_t classes = check("roc_auc", truth, scores, weights);
  double sum = 0;
  std::vector<double> own(truth.size()), column(truth.size());
  for (std::size_t c = 0; c < classes; ++c) {
    for (std::size_t i = 0; i < truth.size(); ++i) {
      own[i] = truth[i] == std::int64_t(c);
      column[i] = scores[i * classes + c];
    }
    sum += roc_auc(Values(own), Values(column), weights);
  }
  return sum / double(classes);
}

}  // namespace cinta::train
