#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/table/rows_by_id.hpp>
#include <cinta/ops/kernels/table/scatter.hpp>

namespace cinta::kernels {

void scatter_rows(const Array& x, const Array& ids, const Array& table) {
  const std::int64_t n = ids.numel();
  if (n == 0 || x.numel() == 0) return;
  const std::int64_t bytes = x.numel() / n * std::int64_t(size_of(x.dtype));
  const RowsById<char> all{ids.data<std::int64_t>(), n, table.shape[0], bytes, x.data<char>(),
                           table.data<char>()};
  with_row_copy(bytes, [&](const auto& copy) {
    for_each_id(all, [=](char* row, const char* from) { copy(row, from); });
  });
}

}  // namespace cinta::kernels
