// Losses of elements against plain loops.

#include <cinta/ops/kernels/elementwise/loss.hpp>

#include "ops/kernels/arrays.hpp"

namespace arrays {

TEST_CASE("elementwise losses and their slopes agree with plain loops") {
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = random_int(0, 1) ? float32 : float64;
    Block p(shape, dtype, Layout::any), t(shape, dtype, Layout::any),
        dy(shape, dtype, Layout::repeating);
    Block y(shape, dtype), dp(shape, dtype);
    p.randomize(-30, 30), t.randomize(0, 1), dy.randomize();
    for (Loss how : {Loss::squared, Loss::absolute, Loss::logistic}) {
      const auto value = [&](std::int64_t i) {
        const double x = p.get(i), target = t.get(i), d = x - target;
        if (how == Loss::squared) return d * d;
        return how == Loss::absolute
                   ? std::fabs(d)
                   : std::fmax(x, 0) - x * target + std::log1p(std::exp(-std::fabs(x)));
      };
      const auto slope = [&](std::int64_t i) {
        const double x = p.get(i), d = x - t.get(i);
        if (how == Loss::squared) return 2 * d * dy.get(i);
        if (how == Loss::absolute) return double((d > 0) - (d < 0)) * dy.get(i);
        return (1 / (1 + std::exp(-x)) - t.get(i)) * dy.get(i);
      };
      const double unit = 4 * epsilon_of(dtype);
      kernels::elementwise_loss(how, p, t, y);
      kernels::elementwise_loss_backward(how, p, t, dy, dp);
      CAPTURE(round, int(how), shape.str(), name_of(dtype));
      REQUIRE(wrong(y, value, [&](std::int64_t i) { return unit * (30 + value(i)); }) == 0);
      REQUIRE(wrong(dp, slope,
                    [&](std::int64_t i) { return unit * (1 + std::fabs(slope(i))) * 3; }) == 0);
    }
  }
}

TEST_CASE("small logistic losses are not lost") {
  Block x({2}, float32), t({2}, float32), y({2}, float32);
  x.set(0, 60), t.set(0, 1), x.set(1, -60), t.set(1, 0);
  kernels::elementwise_loss(Loss::logistic, x, t, y);
  for (int i : {0, 1}) CHECK(y.get(i) == Approx(std::exp(-60.0)).epsilon(1e-6));
}

}  // namespace arrays
