// Compiled once per instruction set; see simd_level.hpp.

#include <cinta/ops/kernels/elementwise/loss.hpp>
#include <cinta/ops/kernels/loop/transform.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void elementwise_loss(Loss how, const Array& p, const Array& t, const Array& y);
void elementwise_loss_backward(Loss how, const Array& p, const Array& t, const Array& dy,
                               const Array& dp);

void elementwise_loss(Loss how, const Array& p, const Array& t, const Array& y) {
  dispatch_floating(y.dtype, [&]<class T>() {
    switch (how) {
      case Loss::squared:
        return map<T>(
            y, [](auto a, auto b) { return (a - b) * (a - b); }, p, t);
      case Loss::absolute:
        return map<T>(
            y, [](auto a, auto b) { return abs(a - b); }, p, t);
      case Loss::logistic:
        // For targets 0 and 1 the part before log1p is exact, so tiny losses are not lost.
        return map<T>(
            y,
            [](auto x, auto target) {
              using V = decltype(x);
              const V linear = select(x > V(0), x * (V(1) - target), -(x * target));
              return linear + log1p(exp(-abs(x)));
            },
            p, t);
    }
  });
}

void elementwise_loss_backward(Loss how, const Array& p, const Array& t, const Array& dy,
                               const Array& dp) {
  dispatch_floating(dp.dtype, [&]<class T>() {
    switch (how) {
      case Loss::squared:
        return map<T>(
            dp, [](auto a, auto b, auto g) { return g * (decltype(a)(2) * (a - b)); }, p, t, dy);
      case Loss::absolute:
        return map<T>(
            dp,
            [](auto a, auto b, auto g) {
              using V = decltype(a);
              const V d = a - b;
              return g * select(d > V(0), V(1), select(d < V(0), V(-1), d));  // NaN stays
            },
            p, t, dy);
      case Loss::logistic:
        return map<T>(
            dp,
            [](auto x, auto target, auto g) {
              using V = decltype(x);
              const V e = exp(-abs(x));
              return g * (select(x < V(0), e, V(1)) / (V(1) + e) - target);
            },
            p, t, dy);
    }
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
