#include <cinta/ops/kernels/loop/contiguous_blocks.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cinta/ops/map/vm/bytecode.hpp>
#include <cstring>
#include <numeric>
#include <vector>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(fill_handlers, (Handlers & single, Handlers& twice), (single, twice))
CINTA_SIMD_FUNCTION(run_block,
                    (const Bytecode& code, const Place* places, std::int64_t n, bool streaming,
                     char* scratch),
                    (code, places, n, streaming, scratch))
CINTA_SIMD_FUNCTION(add_block,
                    (const Bytecode& code, const Place* places, std::int64_t n, char* scratch,
                     double* sum),
                    (code, places, n, scratch, sum))

namespace {

// Elements whose values are added in their own precision; sums of so many are added in double.
constexpr std::int64_t summed_at_once = 4096;

// A pointer and a strip for each place, which arrays move, and one strip to spare.
std::size_t scratch_bytes(const Bytecode& code) {
  return std::size_t(code.places()) * (sizeof(char*) + sizeof(int) + strip_bytes) + strip_bytes;
}

}  // namespace

Strip strip_of(double value, Dtype dtype) {
  Strip strip;
  dispatch_floating(dtype, [&]<class T>() {
    const T element = T(value);
    for (std::size_t i = 0; i < sizeof strip; i += sizeof element)
      std::memcpy(strip.bytes + i, &element, sizeof element);
  });
  return strip;
}

const Handlers& handlers_of(Dtype dtype) {
  static const std::array<Handlers, 2> best = [] {
    std::array<Handlers, 2> filled{};
    fill_handlers(filled[0], filled[1]);
    return filled;
  }();
  return best[dtype == float32 ? 0 : 1];
}

void run(const Bytecode& code, std::span<const Array> arrays) {
  const std::int64_t least =
      std::max<std::int64_t>(4096, grain / std::int64_t(code.instructions.size()));
  for_each_block(arrays, code.outputs, least,
                 [&](const Place* places, std::int64_t n, bool streaming) {
                   Scratch scratch(scratch_bytes(code));
                   run_block(code, places, n, streaming, scratch.memory());
                 });
}

double run_sum(const Bytecode& code, std::span<const Array> inputs, std::int64_t numel) {
  const std::int64_t unit = std::int64_t(size_of(code.dtype));
  const std::int64_t blocks = (numel + summed_at_once - 1) / summed_at_once;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  parallel_for(blocks, 4, [&](std::int64_t begin, std::int64_t end) {
    Scratch scratch(scratch_bytes(code));
    Place places[max_arrays];
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * summed_at_once;
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        const bool constant = inputs[k].is_uniform();
        places[k] = {inputs[k].data<char>() + (constant ? 0 : first * unit), constant};
      }
      add_block(code, places, std::min(summed_at_once, numel - first), scratch.memory(),
                &sums[std::size_t(block)]);
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace cinta::kernels
