#pragma once
// Places in sorted rows, and counts.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[i] = how many elements of the sorted row are before x[i]. `sorted` is (rows, n) or (n,), x
/// (rows, m) or of any shape; all dense, one dtype.
void search_sorted(const Array& sorted, const Array& x, bool right, const Array& y);

/// The different elements of a dense array of less than 2^32.
class Unique {
 public:
  explicit Unique(const Array& x);
  std::int64_t count() const { return count_; }
  /// These in growing order, where each element of x, which has not changed, is among them, and how
  /// often each comes.
  void write(const Array& x, const Array& values, const Array& inverse, const Array& counts) const;

 private:
  Ref<Storage> room_;
  const void* sorted_ = nullptr;  // items of x in there
  std::int64_t count_ = 0;
};

/// y[k] = how often k comes among the ids, all of which y has. Dense.
void count_ids(const Array& ids, const Array& y);

/// counts[k] = how many x are from edges[k] on and below edges[k + 1], which the last bin includes.
/// The edges lie evenly from low to high. Dense, of one floating dtype.
void histogram(const Array& x, double low, double high, const Array& edges, const Array& counts);

}  // namespace cinta::kernels
