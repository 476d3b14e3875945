#pragma once
// Rows of several classes, evenly mixed.

#include <cinta/train/random.hpp>

namespace cinta::train::detail {

/// The rows in random order, each class spread evenly: its i-th row of n at place (i + u) / n, with
/// one u in [0, 1) for the class. labels[row] is the class of a row.
Rows spread_classes(const Rows& rows, const std::vector<std::int64_t>& labels,
                    std::mt19937_64& generator);

}  // namespace cinta::train::detail
