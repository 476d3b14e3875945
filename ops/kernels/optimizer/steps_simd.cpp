// Compiled once per instruction set; see simd/dispatch.hpp. No product is contracted with a sum
// here (CintaSimd.cmake), so that a step has the same bits on all of them and at any place: rows
// get those that a step on the whole table would give them.

#include <cinta/ops/kernels/optimizer/step_elements.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void sgd_step(const Array& parameter, const RowGradients& gradients, const Array* buffer,
              const RowList& rows, const SgdStep& step, double threshold);
void adam_step(const Array& parameter, const RowGradients& gradients, const Array& mean,
               const Array& square, const RowList& rows, const AdamRates& step);
void adagrad_step(const Array& parameter, const RowGradients& gradients, const Array& sum,
                  const RowList& rows, const AdagradStep& step);

void sgd_step(const Array& parameter, const RowGradients& gradients, const Array* buffer,
              const RowList& rows, const SgdStep& step, double threshold) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* b = buffer ? buffer->data<T>() : nullptr;
    const SgdElement<T> element(step, threshold);
    for_each_gradient(rows, gradients, {p}, [=](std::int64_t start, std::int64_t n, const T* g) {
      const SgdElement<T> own = element;  // a copy: see adam_step
      T* const w = p + start;
      if (b) {
        T* const buffered = b + start;
        for (std::int64_t k = 0; k < n; ++k) own.with_momentum(w[k], g[k], buffered[k]);
      } else {
        for (std::int64_t k = 0; k < n; ++k) own.plain(w[k], g[k]);
      }
      own.soften(w, n);
    });
  });
}

void adam_step(const Array& parameter, const RowGradients& gradients, const Array& mean,
               const Array& square, const RowList& rows, const AdamRates& step) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* m = mean.data<T>();
    T* v = square.data<T>();
    const AdamElement<T> element(step);
    for_each_gradient(
        rows, gradients, {p, m, v}, [=](std::int64_t start, std::int64_t n, const T* g) {
          // A copy: what is captured could be what the loop writes to, for all that
          // the compiler knows, and it would make no vectors.
          const AdamElement<T> own = element;
          T *const w = p + start, *const mean_of = m + start, *const square_of = v + start;
          for (std::int64_t k = 0; k < n; ++k) own(w[k], g[k], mean_of[k], square_of[k]);
        });
  });
}

void adagrad_step(const Array& parameter, const RowGradients& gradients, const Array& sum,
                  const RowList& rows, const AdagradStep& step) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* s = sum.data<T>();
    const AdagradElement<T> element(step);
    for_each_gradient(rows, gradients, {p, s}, [=](std::int64_t start, std::int64_t n, const T* g) {
      const AdagradElement<T> own = element;  // a copy: see adam_step
      T *const w = p + start, *const sum_of = s + start;
      for (std::int64_t k = 0; k < n; ++k) own(w[k], g[k], sum_of[k]);
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
