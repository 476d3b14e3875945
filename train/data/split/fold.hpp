#pragma once
// Cross-validation: the rows in several pairs of training and validation part.

#include <cinta/train/random.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Disjoint parts, each in increasing order. Together they are all rows, but for folds by time.
struct Fold {
  Rows train, validation;
};
using Folds = std::vector<Fold>;

/// Deals n rows, shuffled, into k validation parts whose sizes differ by at most one; a fold trains
/// on all others. The same seed gives the same folds everywhere. Throws ValueError unless
/// 2 <= k <= n.
Folds k_fold(std::int64_t n, int k, std::uint64_t seed);

/// The same with as much of each class in every part, to within one row: `labels` holds the class
/// of each row. Throws ValueError as k_fold does, and for a class of fewer than k rows, which some
/// validation part would lack.
Folds stratified_k_fold(const std::vector<std::int64_t>& labels, int k, std::uint64_t seed);

/// Keeps the rows of a group together: no group is in two parts of a fold, and each is once in a
/// validation part. The largest groups are dealt first, each to the fold with the fewest rows;
/// groups of one size in random order. Throws ValueError for k < 2 or fewer groups than k.
Folds group_k_fold(const std::vector<std::int64_t>& groups, int k, std::uint64_t seed);

/// A fold for each row. Throws ValueError for n < 2.
Folds leave_one_out(std::int64_t n);

/// A fold for each group, in the order of their numbers. Throws ValueError for fewer than two.
Folds leave_one_group_out(const std::vector<std::int64_t>& groups);

/// Trains on the past and validates on what comes next: k + 1 blocks of about as many rows, of
/// which fold i validates on block i + 1 and trains on all before it. Rows of one moment stay
/// together. Throws ValueError for k < 1, NaN, or fewer moments than k + 1.
Folds time_folds(const std::vector<double>& times, int k);

/// `make(seed)` for `repeats` seeds that follow from `seed`, one after the other:
///
///     train::repeated(10, 1, [&](auto seed) { return train::k_fold(n, 5, seed); });  // 50 folds
///
/// Throws ValueError for repeats < 1.
Folds repeated(int repeats, std::uint64_t seed,
               const std::function<Folds(std::uint64_t seed)>& make);

}  // namespace cinta::train
#pragma GCC visibility pop
