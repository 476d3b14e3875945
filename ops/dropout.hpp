#pragma once

#include <cinta/autograd/tensor.hpp>

namespace cinta {

/// Inverted dropout (Srivastava et al. 2014): when `training`, each element becomes 0 with
/// probability p (whatever it was, NaN too) and is divided by 1 - p otherwise; else x itself. The
/// mask is not stored: backward draws it again. Throws ValueError unless 0 <= p < 1, DtypeError
/// unless floating.
Tensor dropout(const Tensor& x, double p, bool training, Site site = {});

}  // namespace cinta
