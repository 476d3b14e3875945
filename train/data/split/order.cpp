#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/split/order.hpp>
#include <cinta/train/detail/statistics/spread.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

namespace cinta::train {

Order weighted_order(std::vector<double> weights, std::int64_t count, std::uint64_t seed) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || std::isinf(weights[i]))
      throw ValueError("weighted_order: weight " + std::to_string(i) + " is " +
                       std::to_string(weights[i]));
    sum += weights[i];
    weights[i] = sum;  // from now on those up to here
  }
  if (!(sum > 0)) throw ValueError("weighted_order: no weight is positive");
  if (std::isinf(sum)) throw ValueError("weighted_order: the weights' sum is infinite");
  if (count < 0) throw ValueError("weighted_order: count is " + std::to_string(count));
  return [weights = std::move(weights), count, seed](std::uint64_t pass) {
    auto generator = make_generator(seed, pass);
    Rows rows(static_cast<std::size_t>(count));
    for (std::int64_t& row : rows) {
      const double place = double(generator() >> 11) * 0x1p-53 * weights.back();
      const auto found = std::upper_bound(weights.begin(), weights.end(), place);
      row = std::min<std::int64_t>(found - weights.begin(), std::int64_t(weights.size()) - 1);
    }
    return rows;
  };
}

Order balanced_order(const std::vector<std::int64_t>& labels, std::uint64_t seed) {
  if (labels.empty()) throw ValueError("balanced_order: no rows");
  std::map<std::int64_t, double> counts;
  for (const std::int64_t label : labels) ++counts[label];
  std::vector<double> weights;
  for (const std::int64_t label : labels) weights.push_back(1 / counts[label]);
  return weighted_order(std::move(weights), std::int64_t(labels.size()), seed);
}

Order stratified_order(std::vector<std::int64_t> labels, std::uint64_t seed) {
  if (labels.empty()) throw ValueError("stratified_order: no rows");
  Rows rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0);
  return [rows = std::move(rows), labels = std::move(labels), seed](std::uint64_t pass) {
    auto generator = make_generator(seed, pass);
    return detail::spread_classes(rows, labels, generator);
  };
}

}  // namespace cinta::train
