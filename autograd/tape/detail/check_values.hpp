#pragma once
// check_values: what an operation demands of a tensor's elements. Library code only.

#include <cinta/autograd/tape/apply.hpp>

namespace cinta::detail {

/// Calls check(x), which throws for elements that `op` cannot use, now and in each run of a
/// recording (tape/watch/recording.hpp), where x has others. `check` is copied for that: it holds
/// values, no references.
template <class Check>
void check_values(const Op& op, const Tensor& x, const Check& check) {
  check(x);
  if (!OpWatch::any()) return;
  apply({"check_values", Save::nothing(), op.site}, {x}, {Shape(), boolean},
        [check](const Inputs& in, const Tensor& y) {
          check(in[0]);
          *y.data<bool>() = true;
        });
}

}  // namespace cinta::detail
