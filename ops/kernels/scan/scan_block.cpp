#include <cinta/ops/kernels/scan/scan_block.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(scan_block, (const ScanBlock& block, double& sum), (block, sum))

}  // namespace cinta::kernels
