#pragma once
// In which order a loader takes the rows.

#include <cinta/train/random.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::train {

/// The rows of a pass, as many in each; passes count from 0. All here give the same for the same
/// seed and pass, everywhere.
using Order = std::function<Rows(std::uint64_t pass)>;

/// `count` draws with replacement, row i with a probability proportional to weights[i]. Throws
/// ValueError for a weight that is negative or not finite, if none is positive, or for a sum that
/// is not finite.
Order weighted_order(std::vector<double> weights, std::int64_t count, std::uint64_t seed);

/// As many draws as rows, with replacement, in which every class is equally likely. Throws
/// ValueError for no rows.
Order balanced_order(const std::vector<std::int64_t>& labels, std::uint64_t seed);

/// Every row once, such that each batch has the classes as the whole has, to within about one row
/// each. Throws ValueError for no rows.
Order stratified_order(std::vector<std::int64_t> labels, std::uint64_t seed);

}  // namespace cinta::train
#pragma GCC visibility pop
