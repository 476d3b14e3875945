// Compiled once per instruction set; see simd_level.hpp. No product is contracted with a sum here
// (CintaSimd.cmake), so that a step has the same bits on all of them and at any place.

#include <cinta/ops/kernels/optimize.hpp>
#include <cinta/ops/kernels/parallel.hpp>
#include <cmath>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void sgd_step(const Array& parameter, const Array& gradient, const Array* buffer,
              const SgdStep& step);
void adam_step(const Array& parameter, const Array& gradient, const Array& mean,
               const Array& square, const AdamStep& step);

namespace {

// Elements below which a second thread costs more than it gives.
constexpr std::int64_t grain = 32 * 1024;

}  // namespace

void sgd_step(const Array& parameter, const Array& gradient, const Array* buffer,
              const SgdStep& step) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    const T* g = gradient.data<T>();
    T* b = buffer ? buffer->data<T>() : nullptr;
    const T lr = T(step.lr), decay = T(step.weight_decay), momentum = T(step.momentum);
    const T fresh = step.first ? T(1) : T(1 - step.dampening);
    const T kept = step.first ? T(0) : momentum;
    parallel_for(parameter.numel(), grain, [=](std::int64_t begin, std::int64_t end) {
      if (!b) {
        for (std::int64_t i = begin; i < end; ++i) p[i] -= lr * (g[i] + decay * p[i]);
        return;
      }
      for (std::int64_t i = begin; i < end; ++i) {
        const T d = g[i] + decay * p[i];
        b[i] = kept * b[i] + fresh * d;
        p[i] -= lr * (step.nesterov ? d + momentum * b[i] : b[i]);
      }
    });
  });
}

void adam_step(const Array& parameter, const Array& gradient, const Array& mean,
               const Array& square, const AdamStep& step) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    const T* g = gradient.data<T>();
    T* m = mean.data<T>();
    T* v = square.data<T>();
    const T beta1 = T(step.beta1), beta2 = T(step.beta2), eps = T(step.eps);
    const T rest1 = T(1 - step.beta1), rest2 = T(1 - step.beta2);
    // The moments start at 0; dividing by 1 - beta^count takes that bias out.
    const T rate = T(step.lr / (1 - std::pow(step.beta1, double(step.count))));
    const T correction = T(1 / std::sqrt(1 - std::pow(step.beta2, double(step.count))));
    const T coupled = T(step.decoupled ? 0 : step.weight_decay);
    const T shrink = T(step.decoupled ? 1 - step.lr * step.weight_decay : 1);
    parallel_for(parameter.numel(), grain, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T d = g[i] + coupled * p[i];
        m[i] = beta1 * m[i] + rest1 * d;
        v[i] = beta2 * v[i] + rest2 * d * d;
        p[i] = shrink * p[i] - rate * m[i] / (std::sqrt(v[i]) * correction + eps);
      }
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
