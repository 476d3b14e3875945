#include <cinta/ops/kernels/recurrent/recurrent.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(recurrent_forward,
                    (const RecurrentLayer& layer, const Array* bias_ih, const Array* bias_hh,
                     const RecurrentTrace& trace, const Array& y, const Array& h_n,
                     const Array* c_n),
                    (layer, bias_ih, bias_hh, trace, y, h_n, c_n))
CINTA_SIMD_FUNCTION(recurrent_backward,
                    (const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
                     const RecurrentSlopes& slopes, const RecurrentGradients& to),
                    (layer, trace, y, slopes, to))

}  // namespace cinta::kernels
