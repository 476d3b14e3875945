#include <cinta/ops/kernels/elementwise.hpp>
#include <cinta/ops/kernels/pieces.hpp>

namespace cinta::kernels {

void elementwise(Row row, std::span<const Array> arrays) {
  const auto compute = [&](const Place* places, std::int64_t n, bool around) {
    const void* x[most_inputs];
    unsigned flags = around ? past_caches : 0;
    for (std::size_t k = 1; k < arrays.size(); ++k) {
      x[k - 1] = places[k].memory;
      flags |= unsigned(places[k].constant) << (k - 1);
    }
    row(places[0].memory, x, flags, n);
  };
  for_each_piece(arrays, 1, small, compute);
}

}  // namespace cinta::kernels
