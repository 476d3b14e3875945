#pragma once
// Powers that a step takes for all of its parameters.

#include <array>
#include <cmath>
#include <cstddef>

namespace cinta::optim {

/// std::pow, and the last results: parameters of a group ask for the same ones.
class Powers {
 public:
  double operator()(double base, double exponent) {
    for (const Power& known : last_)
      if (known.base == base && known.exponent == exponent) return known.value;
    Power& power = last_[next_++ % last_.size()];
    return (power = {base, exponent, std::pow(base, exponent)}).value;
  }

 private:
  struct Power {
    double base = 1, exponent = 0, value = 1;
  };
  std::array<Power, 4> last_;
  std::size_t next_ = 0;
};

}  // namespace cinta::optim
