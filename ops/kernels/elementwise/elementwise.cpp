#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/loop/contiguous_blocks.hpp>

namespace cinta::kernels {

void elementwise(Row row, std::span<const Array> arrays) {
  const auto compute = [&](const Place* places, std::int64_t n, bool around) {
    const void* x[max_inputs];
    unsigned flags = around ? streaming : 0;
    for (std::size_t k = 1; k < arrays.size(); ++k) {
      x[k - 1] = places[k].memory;
      flags |= unsigned(places[k].constant) << (k - 1);
    }
    row(places[0].memory, x, flags, n);
  };
  for_each_block(arrays, 1, grain, compute);
}

}  // namespace cinta::kernels
