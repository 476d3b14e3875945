#pragma once
// Three controls that tell whether an embedding learned something or a leak told it.

#include <optional>

#include "experiment.hpp"

namespace exercise {

/// 1. The table alone: what each categorical column says without any model, and all together. If
///    it nearly solves the task, the target can be read off the categories.
std::vector<Run> table_control(const Dataset& data, const Split& split, std::uint64_t seed);

/// 2. The categories shuffled over the rows (those of one row stay together), so that they say
///    nothing: an embedding that still gains would be a mistake in the experiment.
Run shuffled_control(const Dataset& data, const Split& split, std::uint64_t seed, Session& session);

/// 3. Categories never seen: all rows of some categories of one column make up the test part, so
///    that there they map to the unknown row. The baseline and the model without embeddings on the
///    same split are given to compare with.
std::vector<Run> unseen_control(const Dataset& data, std::size_t column, std::uint64_t seed,
                                Session& session);

/// The column for the third control: the one asked for, or that with most categories. None if it
/// has fewer than three categories, with which there is nothing to hold out.
std::optional<std::size_t> unseen_column(const Dataset& data, const Options& options);

}  // namespace exercise
