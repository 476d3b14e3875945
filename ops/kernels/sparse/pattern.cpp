#include <algorithm>
#include <cinta/ops/kernels/sparse/pattern.hpp>

namespace cinta::kernels {

std::int64_t find_bad_pointer(const Array& pointers, std::int64_t nnz) {
  const std::int64_t* const pointer = pointers.data<std::int64_t>();
  const std::int64_t last = pointers.numel() - 1;
  if (pointer[0] != 0) return 0;
  for (std::int64_t i = 1; i <= last; ++i)
    if (pointer[i] < pointer[i - 1]) return i;
  return pointer[last] == nnz ? -1 : last;
}

void group_ids(const Array& ids, const Array& pointers, const Array& places) {
  const std::int64_t* const id = ids.data<std::int64_t>();
  std::int64_t* const pointer = pointers.data<std::int64_t>();
  std::int64_t* const place = places.data<std::int64_t>();
  const std::int64_t n = ids.numel(), last = pointers.numel() - 1;
  std::fill_n(pointer, last + 1, std::int64_t(0));
  for (std::int64_t i = 0; i < n; ++i) ++pointer[id[i] + 1];
  for (std::int64_t i = 0; i < last; ++i) pointer[i + 1] += pointer[i];
  // Each place that is filled in moves its beginning on, to where the next one begins.
  for (std::int64_t i = 0; i < n; ++i) place[pointer[id[i]]++] = i;
  std::copy_backward(pointer, pointer + last, pointer + last + 1);
  pointer[0] = 0;
}

void find_starts(const Array& rows, const Array& columns, const Array& starts) {
  const std::int64_t *const row = rows.data<std::int64_t>(), *const column =
                                                                 columns.data<std::int64_t>();
  bool* const start = starts.data<bool>();
  for (std::int64_t i = 0; i < starts.numel(); ++i)
    start[i] = i == 0 || row[i] != row[i - 1] || column[i] != column[i - 1];
}

}  // namespace cinta::kernels
