// Compiled once per instruction set; see simd_level.hpp. As in optimize_simd.cpp, no product is
// contracted with a sum: rows get the bits that a step on the whole table would give them.

#include <cinta/ops/kernels/optimize_elements.hpp>
#include <cinta/ops/kernels/optimize_rows.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void sgd_rows(const Array& parameter, const Array& gradient, const Array* buffer,
              const RowList& rows, const SgdStep& step, double threshold);
void adam_rows(const Array& parameter, const Array& gradient, const Array& mean,
               const Array& square, const RowList& rows, const AdamRates& step);
void adagrad_rows(const Array& parameter, const Array& gradient, const Array& sum,
                  const RowList& rows, const AdagradStep& step);

void sgd_rows(const Array& parameter, const Array& gradient, const Array* buffer,
              const RowList& rows, const SgdStep& step, double threshold) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    const T* g = gradient.data<T>();
    T* b = buffer ? buffer->data<T>() : nullptr;
    const SgdElement<T> element(step, threshold);
    for_each_row(rows, 1, {p}, [&](std::int64_t i, std::int64_t start) {
      const T* row = g + i * rows.width;
      if (b) {
        for (std::int64_t k = 0; k < rows.width; ++k)
          element.with_momentum(p[start + k], row[k], b[start + k]);
      } else {
        for (std::int64_t k = 0; k < rows.width; ++k) element.plain(p[start + k], row[k]);
      }
      element.soften(p + start, rows.width);
    });
  });
}

void adam_rows(const Array& parameter, const Array& gradient, const Array& mean,
               const Array& square, const RowList& rows, const AdamRates& step) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    const T* g = gradient.data<T>();
    T* m = mean.data<T>();
    T* v = square.data<T>();
    const AdamElement<T> element(step);
    for_each_row(rows, 1, {p, m, v}, [&](std::int64_t i, std::int64_t start) {
      const T* row = g + i * rows.width;
      for (std::int64_t k = 0; k < rows.width; ++k)
        element(p[start + k], row[k], m[start + k], v[start + k]);
    });
  });
}

void adagrad_rows(const Array& parameter, const Array& gradient, const Array& sum,
                  const RowList& rows, const AdagradStep& step) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    const T* g = gradient.data<T>();
    T* s = sum.data<T>();
    const AdagradElement<T> element(step);
    for_each_row(rows, 1, {p, s}, [&](std::int64_t i, std::int64_t start) {
      const T* row = g + i * rows.width;
      for (std::int64_t k = 0; k < rows.width; ++k) element(p[start + k], row[k], s[start + k]);
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
