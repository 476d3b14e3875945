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

/// Splits so that all parts have the same share of each class. The parts are as large as those of
/// random_split; each has of a class what its share of that class comes to, rounded down or up, and
/// one row where that is none; where many rare classes leave no room for that, a row less or more.
/// `labels` holds the class of each row; any integers. Throws ValueError as random_split does, and
/// when a class has too few rows to appear in every part, or a part too few for every class.
Split stratified_split(const std::vector<std::int64_t>& labels, std::uint64_t seed,
                       const SplitFractions& fractions = {});

/// Keeps the rows of a group together: no group appears in two parts, so that the test part says
/// what happens with groups never seen. Groups are dealt in random order until a part has its
/// share of the rows; the test part is filled first, then validation.
/// Throws ValueError as random_split does, and when there are fewer groups than parts.
Split group_split(const std::vector<std::int64_t>& groups, std::uint64_t seed,
                  const SplitFractions& fractions = {});

/// Trains on what came first, and tests on what came last: no row of validation is older than one
/// of training, no row of test older than one of validation. `times` holds the moment of each row,
/// on any scale. Rows of the same moment stay together; a border within them moves to the nearer
/// end. Throws ValueError as random_split does, for NaN, and when there are fewer moments than
/// parts.
Split time_split(const std::vector<double>& times, const SplitFractions& fractions = {});

// Whether parts that come from elsewhere are what they have to be. Parts may be those of a Split,
// or of a Fold (fold.hpp), in any number; messages count them from 0.

/// Throws ValueError for a row that is not one of 0 ... n-1, or stands in two parts or twice in
/// one.
void check_disjoint(const std::vector<Rows>& parts, std::int64_t n);

/// Throws ValueError for a group that has rows in two parts.
void check_groups_apart(const std::vector<Rows>& parts, const std::vector<std::int64_t>& groups);

/// Throws ValueError for a class of `labels` that has no row in one of the parts.
void check_classes_present(const std::vector<Rows>& parts, const std::vector<std::int64_t>& labels);

}  // namespace cinta::train
#pragma GCC visibility pop
