#pragma once
// Rows of a table combined within bags. Bag b holds the ids from bounds[b] to before bounds[b + 1];
// ids equal to `skip` do not count. All arrays are dense, ids and bounds int64.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[b, :] = the sum of table[id, :] over bag b, times weights[i] for the i-th id unless weights is
/// null, or divided by the number of ids that count.
void bag_sums(const Array& table, const Array& ids, const Array& bounds, std::int64_t skip,
              const Array* weights, bool mean, const Array& y);

/// y[b, :] = the maximum over bag b in each column; zeros if nothing counts.
void bag_maxima(const Array& table, const Array& ids, const Array& bounds, std::int64_t skip,
                const Array& y);

/// share[i, k] = 1 where the i-th id gave the maximum of its bag in column k, else 0.
void bag_winners(const Array& table, const Array& ids, const Array& bounds, std::int64_t skip,
                 const Array& share);

/// share[i] = 1 over the number of ids that count in the bag of the i-th.
void bag_means(const Array& ids, const Array& bounds, std::int64_t skip, const Array& share);

/// bag[i] = the bag of the i-th id.
void bag_numbers(const Array& bounds, const Array& bag);

}  // namespace cinta::kernels
