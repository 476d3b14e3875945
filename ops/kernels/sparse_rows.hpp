#pragma once
// Rows given by ids: those of one id are found and added.

#include <cinta/autograd/storage.hpp>
#include <vector>

namespace cinta::kernels {

/// The ids that occur, growing, and where: those of ids[i] are order[first[i]], ...,
/// order[first[i + 1] - 1], in the order in which they came.
struct RowGroups {
  std::vector<std::int64_t> ids, first, order;

  std::int64_t size() const { return std::int64_t(ids.size()); }
};

/// Groups `count` ids that are not negative.
RowGroups group_rows(const std::int64_t* ids, std::int64_t count);

/// y[i, :] = the sum of x[j, :] over group i, in its order. Dense, one floating dtype.
void sum_groups(const Array& x, const RowGroups& groups, const Array& y);

}  // namespace cinta::kernels
