#pragma once
// Gradients between backward() and step(): clipped, checked, made noisy. Parameters without a
// gradient are left out. In row-sparse gradients equal ids are added up first, so that each row
// counts once.

#include <cinta/optim/parameters.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// What is done about a NaN or an infinity in a gradient.
enum class Nonfinite {
  raise,  ///< NanError that names the parameter
  skip,   ///< gradients stay as they are; who calls looks at the result, and takes no step
};

/// Whether all gradients are finite; or, with `raise`, throws NanError that names the first
/// parameter that has one which is not.
bool check_finite(const Parameters& parameters, Nonfinite nonfinite = Nonfinite::raise,
                  Site site = {});

struct ClipNormOptions {
  double p = 2;  ///< of the norm; infinity for the largest element
  Nonfinite nonfinite = Nonfinite::raise;
};

/// Scales all gradients by max_norm / norm if their common norm, as if they were one vector, is
/// larger, and returns the norm that they had. Of a group: clip_grad_norm(optimizer.parameters(g),
/// ...). The factor is exact: PyTorch's adds 1e-6 to the norm. A norm that is not finite scales
/// nothing, see Nonfinite. Throws ValueError for a max_norm that is negative or NaN.
///
///     const double norm = optim::clip_grad_norm(net, 1.0, {.nonfinite = optim::Nonfinite::skip});
///     if (std::isfinite(norm)) optimizer.step();
double clip_grad_norm(const Parameters& parameters, double max_norm, ClipNormOptions options = {},
                      Site site = {});

/// Brings every element into [-limit, limit]. NaN stays.
void clip_grad_value(const Parameters& parameters, double limit, Site site = {});

/// Adaptive clipping (Brock et al. 2021): the gradient of a unit is scaled down where its norm is
/// above `factor` times that of the unit, or of `eps` if that is larger. Units are rows (slices of
/// the first axis); a vector is one unit.
void clip_grad_adaptive(const Parameters& parameters, double factor = 0.01, double eps = 1e-3,
                        Site site = {});

/// Adds normal noise of this standard deviation to every element (Neelakantan et al. 2015, who let
/// its square fall as (1 + t)^-0.55). Draws from the thread's generator. Throws ValueError for a
/// row-sparse gradient: noise has no zero rows.
void add_grad_noise(const Parameters& parameters, double std, Site site = {});

}  // namespace cinta::optim
#pragma GCC visibility pop
