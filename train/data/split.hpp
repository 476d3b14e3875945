#pragma once
// Splits of the rows of a data set into training, validation and test part.

#include <cinta/train/random.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Disjoint parts that cover all rows, each in increasing order.
struct Split {
  Rows train, validation, test;
};

/// Shares of the rows; they add up to 1. validation or test may be 0, which leaves them empty.
struct SplitFractions {
  double train = 0.70;
  double validation = 0.15;
  double test = 0.15;
};

/// A random split of rows 0 ... n-1. The same seed gives the same split everywhere.
/// Throws ValueError when the fractions are not a split, or when a part that was asked for would
/// get no row.
Split random_split(std::int64_t n, std::uint64_t seed, const SplitFractions& fractions = {});

/// Splits every class by itself, so that all parts have the same share of each.
/// `labels` holds the class of each row; any integers. Throws ValueError as random_split does, and
/// when a class has too few rows to appear in every part.
Split stratified_split(const std::vector<std::int64_t>& labels, std::uint64_t seed,
                       const SplitFractions& fractions = {});

/// Keeps the rows of a group together: no group appears in two parts, so that the test part says
/// what happens with groups never seen. Groups are dealt in random order until a part has its
/// share of the rows; the test part is filled first, then validation.
/// Throws ValueError as random_split does, and when there are fewer groups than parts.
Split group_split(const std::vector<std::int64_t>& groups, std::uint64_t seed,
                  const SplitFractions& fractions = {});

}  // namespace cinta::train
#pragma GCC visibility pop
