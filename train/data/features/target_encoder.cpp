#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/features/target_encoder.hpp>
#include <cinta/train/data/split/fold.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cmath>

namespace cinta::train {
namespace {

struct Learned {
  std::map<std::string, double, std::less<>> numbers;
  double mean = 0;
};

Learned learn(const std::vector<std::string>& cells, const std::vector<double>& targets,
              const Rows& rows, double smoothing) {
  double largest = 0;
  for (const std::int64_t row : rows)
    largest = std::max(largest, std::abs(targets[std::size_t(row)]));
  const double unit = largest > 0x1p960 ? 0x1p64 : 1;  // in which sums stay in range
  double mean = 0;
  std::map<std::string, std::pair<double, double>> sums;  // and rows
  for (const std::int64_t row : rows) {
    const double target = targets[std::size_t(row)] / unit;
    mean += target / double(rows.size());
    auto& [sum, count] = sums[cells[std::size_t(row)]];
    sum += target;
    ++count;
  }
  Learned learned{.numbers = {}, .mean = mean * unit};
  for (const auto& [category, sum] : sums) {
    const double all = sum.second + smoothing;
    learned.numbers[category] = (sum.first / all + mean * (smoothing / all)) * unit;
  }
  return learned;
}

}  // namespace

TargetEncoder::TargetEncoder(const std::vector<std::string>& cells,
                             const std::vector<double>& targets, const Rows& training,
                             TargetEncoderOptions options) {
  if (cells.size() != targets.size())
    throw ValueError("TargetEncoder: " + std::to_string(cells.size()) + " cells but " +
                     std::to_string(targets.size()) + " targets");
  if (!(options.smoothing >= 0) || std::isinf(options.smoothing))
    throw ValueError("TargetEncoder: smoothing must be finite and not negative");
  for (const std::int64_t row : training)
    if (!std::isfinite(targets[detail::index_of("TargetEncoder", row, targets.size())]))
      throw ValueError("TargetEncoder: the target of row " + std::to_string(row) +
                       " is not finite");
  if (options.folds < 2)
    throw ValueError("TargetEncoder: folds must be at least 2, got " +
                     std::to_string(options.folds));
  if (training.size() < std::size_t(options.folds))
    throw ValueError("TargetEncoder: " + std::to_string(training.size()) +
                     " training rows, too few for " + std::to_string(options.folds) + " folds");
  const Folds folds = k_fold(std::int64_t(training.size()), options.folds, options.seed);
  training_.resize(training.size());
  for (const Fold& fold : folds) {
    Rows others;
    for (const std::int64_t place : fold.train) others.push_back(training[std::size_t(place)]);
    const Learned learned = learn(cells, targets, others, options.smoothing);
    for (const std::int64_t place : fold.validation) {
      const auto found = learned.numbers.find(cells[std::size_t(training[std::size_t(place)])]);
      training_[std::size_t(place)] = found == learned.numbers.end() ? learned.mean : found->second;
    }
  }
  Learned whole = learn(cells, targets, training, options.smoothing);
  numbers_ = std::move(whole.numbers);
  mean_ = whole.mean;
}

double TargetEncoder::transform(const std::string& category) const {
  const auto found = numbers_.find(category);
  return found == numbers_.end() ? mean_ : found->second;
}

}  // namespace cinta::train
