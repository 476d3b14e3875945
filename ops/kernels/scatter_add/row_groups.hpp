#pragma once
// Rows given by ids: those of one id are found and added.

#include <algorithm>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <span>
#include <vector>

namespace cinta::kernels {

/// The ids that occur and where: those of ids[i] are order[first[i]], ..., order[first[i + 1] - 1],
/// in the order in which they came.
struct RowGroups {
  std::vector<std::int64_t> ids, first, order;

  std::int64_t size() const { return std::int64_t(ids.size()); }
  std::span<const std::int64_t> places(std::int64_t i) const {
    return std::span(order).subspan(std::size_t(first[std::size_t(i)]),
                                    std::size_t(first[std::size_t(i) + 1] - first[std::size_t(i)]));
  }
};

/// Groups `count` ids, in the order in which they first came: then a thread that has a share of
/// the groups finds near what it worked on when it had that share of the places.
RowGroups group_rows(const std::int64_t* ids, std::int64_t count);

/// The same groups with growing ids.
RowGroups by_ids(const RowGroups& groups);

/// sum = elements k, ..., k + n - 1 of the rows of x (of `width`) at these places, added in order.
template <class T>
void sum_places(const T* x, std::int64_t width, std::span<const std::int64_t> places,
                std::int64_t k, std::int64_t n, T* sum) {
  if (places.size() == 1) {
    std::copy_n(x + places[0] * width + k, n, sum);
    return;
  }
  sum_rows(std::int64_t(places.size()), n, sum,
           [=](std::int64_t begin, std::int64_t end, std::int64_t start, std::int64_t m, T* part) {
             for (std::int64_t j = begin; j < end; ++j) {
               const T* row = x + places[std::size_t(j)] * width + k + start;
               for (std::int64_t i = 0; i < m; ++i) part[i] += row[i];
             }
           });
}

/// y[i, :] = the sum of x[j, :] over group i, in its order. Dense, one floating dtype.
void sum_groups(const Array& x, const RowGroups& groups, const Array& y);

}  // namespace cinta::kernels
