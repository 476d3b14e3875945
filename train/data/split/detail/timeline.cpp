#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/split/detail/timeline.hpp>
#include <cmath>
#include <numeric>
#include <string>

namespace cinta::train::detail {

Timeline::Timeline(const char* who, const std::vector<double>& times) : order_(times.size()) {
  for (std::size_t row = 0; row < times.size(); ++row)
    if (std::isnan(times[row]))
      throw ValueError(std::string(who) + ": the time of row " + std::to_string(row) + " is NaN");
  const auto time = [&](std::int64_t row) { return times[std::size_t(row)]; };
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return time(a) < time(b); });
  for (std::size_t i = 0; i < order_.size(); ++i)
    if (i == 0 || time(order_[i]) != time(order_[i - 1])) starts_.push_back(std::int64_t(i));
  starts_.push_back(std::int64_t(order_.size()));
}

std::size_t Timeline::border(std::int64_t rows, std::size_t low, std::size_t keep) const {
  const auto above = std::lower_bound(starts_.begin(), starts_.end(), rows);
  auto border = std::size_t(above - starts_.begin());
  if (border > 0 &&
      (border == starts_.size() || rows - starts_[border - 1] < starts_[border] - rows))
    --border;
  return std::clamp(border, low, moments() - keep);
}

Rows Timeline::rows(std::size_t from, std::size_t to) const {
  return Rows(order_.begin() + starts_[from], order_.begin() + starts_[to]);
}

}  // namespace cinta::train::detail
