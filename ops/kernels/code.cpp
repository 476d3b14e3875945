#include <cinta/ops/kernels/code.hpp>
#include <cinta/ops/kernels/pieces.hpp>
#include <cinta/ops/kernels/simd_level.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(fill_handlers, (Handlers & single, Handlers& twice), (single, twice))
CINTA_SIMD_FUNCTION(run_piece,
                    (const Code& code, const Place* places, std::int64_t n, bool past_caches,
                     char* scratch),
                    (code, places, n, past_caches, scratch))

const Handlers& handlers_of(Dtype dtype) {
  static const std::array<Handlers, 2> best = [] {
    std::array<Handlers, 2> filled{};
    fill_handlers(filled[0], filled[1]);
    return filled;
  }();
  return best[dtype == float32 ? 0 : 1];
}

void run(const Code& code, std::span<const Array> arrays) {
  // A pointer and a strip for each place, and how far each array moves.
  const std::size_t bytes = std::size_t(code.places()) * (sizeof(char*) + strip_bytes) +
                            arrays.size() * sizeof(std::int64_t) + strip_bytes;
  const std::int64_t grain =
      std::max<std::int64_t>(4096, map_grain / std::int64_t(code.instructions.size()));
  for_each_piece(arrays, code.outputs, grain,
                 [&](const Place* places, std::int64_t n, bool past_caches) {
                   Scratch scratch(bytes);
                   run_piece(code, places, n, past_caches, scratch.memory());
                 });
}

}  // namespace cinta::kernels
