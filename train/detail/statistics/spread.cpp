#include <algorithm>
#include <cinta/train/detail/statistics/spread.hpp>
#include <map>

namespace cinta::train::detail {

Rows spread_classes(const Rows& rows, const std::vector<std::int64_t>& labels,
                    std::mt19937_64& generator) {
  Rows shuffled = rows;
  shuffle(shuffled, generator);
  std::map<std::int64_t, Rows> classes;
  for (const std::int64_t row : shuffled) classes[labels.at(std::size_t(row))].push_back(row);
  std::vector<std::pair<double, std::int64_t>> places;
  for (const auto& [label, members] : classes) {
    const double offset = double(generator() >> 11) * 0x1p-53;
    for (std::size_t i = 0; i < members.size(); ++i)
      places.emplace_back((double(i) + offset) / double(members.size()), members[i]);
  }
  std::sort(places.begin(), places.end());
  for (std::size_t i = 0; i < places.size(); ++i) shuffled[i] = places[i].second;
  return shuffled;
}

}  // namespace cinta::train::detail
