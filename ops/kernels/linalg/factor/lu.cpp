#include <cinta/ops/kernels/linalg/blocked.hpp>
#include <cinta/ops/kernels/linalg/factor/lu.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>
#include <numeric>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(small_lu,
                    (const Array& a, const Array& factors, const Array& pivots, bool several,
                     std::int64_t begin, std::int64_t end),
                    (a, factors, pivots, several, begin, end))
CINTA_SIMD_FUNCTION(small_lu_solve,
                    (const Array& factors, const Array& pivots, const Array& b, bool transposed,
                     const Array& x, bool several, std::int64_t begin, std::int64_t end),
                    (factors, pivots, b, transposed, x, several, begin, end))
CINTA_SIMD_FUNCTION(small_lu_inverse,
                    (const Array& factors, const Array& pivots, const Array& y, bool several,
                     std::int64_t begin, std::int64_t end),
                    (factors, pivots, y, several, begin, end))

namespace {

// The rows of x are exchanged as the pivots say, or back.
template <class T>
void exchange_rows(T* x, std::int64_t n, std::int64_t k, const std::int64_t* pivots, bool back) {
  for (std::int64_t step = 0; step < n; ++step) {
    const std::int64_t i = back ? n - 1 - step : step;
    if (pivots[i] != i) std::swap_ranges(x + i * k, x + (i + 1) * k, x + pivots[i] * k);
  }
}

// The solution in the place of the right-hand sides x (n, k), by LAPACK.
template <class T>
void solve_in_place(const T* a, const std::int64_t* pivots, bool transposed, T* x, std::int64_t n,
                    std::int64_t k) {
  if (transposed) {
    exchange_rows(x, n, k, pivots, false);
    blocked_substitution("L", "T", "U", a, n, x, k);
    blocked_substitution("U", "T", "N", a, n, x, k);
  } else {
    blocked_substitution("U", "N", "N", a, n, x, k);
    blocked_substitution("L", "N", "U", a, n, x, k);
    exchange_rows(x, n, k, pivots, true);
  }
}

}  // namespace

void lu_factor(const Array& a, const Array& factors, const Array& pivots) {
  if (a.numel() == 0) return;
  const int rank = a.shape.rank();
  const std::int64_t m = a.shape[rank - 2], n = a.shape[rank - 1], count = a.numel() / (m * n);
  const std::int64_t few = std::min(m, n);
  dispatch_floating(a.dtype, [&]<class T>() {
    const Method method = method_for<T>(m, n);
    if (method != Method::lapack) {
      for_matrices(count, double(m) * double(n) * double(few) / 3,
                   [&](std::int64_t begin, std::int64_t end) {
                     small_lu(a, factors, pivots, method == Method::lanes, begin, end);
                   });
      return;
    }
    for_each_by_lapack(count, [&](std::int64_t i) {
      T* const matrix = factors.data<T>() + i * m * n;
      copy_in_threads(a.data<T>() + i * m * n, m * n, matrix);
      blocked_lu(matrix, m, n, pivots.data<std::int64_t>() + i * few);
    });
  });
}

void lu_solve(const Array& factors, const Array& pivots, const Array& b, bool transposed,
              const Array& x) {
  if (x.numel() == 0) return;
  const int rank = x.shape.rank();
  const std::int64_t n = x.shape[rank - 2], k = x.shape[rank - 1], count = x.numel() / (n * k);
  dispatch_floating(x.dtype, [&]<class T>() {
    const Method method = method_for<T>(n, k);
    if (method != Method::lapack) {
      for_matrices(
          count, double(n) * double(n) * double(k), [&](std::int64_t begin, std::int64_t end) {
            small_lu_solve(factors, pivots, b, transposed, x, method == Method::lanes, begin, end);
          });
      return;
    }
    const Matrices matrices(factors, x.shape), orders(pivots, x.shape, 1), sides(b, x.shape),
        results(x);
    for_each_by_lapack(count, [&](std::int64_t i) {
      T* const to = results.at<T>(i);
      std::copy_n(sides.at<T>(i), n * k, to);
      solve_in_place(matrices.at<T>(i), orders.at<std::int64_t>(i), transposed, to, n, k);
    });
  });
}

void lu_inverse(const Array& factors, const Array& pivots, const Array& y) {
  if (y.numel() == 0) return;
  const std::int64_t n = y.shape.back(), count = y.numel() / (n * n);
  dispatch_floating(y.dtype, [&]<class T>() {
    const Method method = method_for<T>(n, n);
    if (method != Method::lapack) {
      for_matrices(count, double(n) * double(n) * double(n),
                   [&](std::int64_t begin, std::int64_t end) {
                     small_lu_inverse(factors, pivots, y, method == Method::lanes, begin, end);
                   });
      return;
    }
    for_each_by_lapack(count, [&](std::int64_t i) {
      T* const matrix = y.data<T>() + i * n * n;
      std::fill_n(matrix, n * n, T(0));
      for (std::int64_t k = 0; k < n; ++k) matrix[k * (n + 1)] = 1;
      solve_in_place(factors.data<T>() + i * n * n, pivots.data<std::int64_t>() + i * n, false,
                     matrix, n, n);
    });
  });
}

void lu_determinant(const Array& factors, const Array& pivots, const Array& sign,
                    const Array* log) {
  const std::int64_t n = factors.shape.back(), count = sign.numel();
  dispatch_floating(sign.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < count; ++i) {
      const T* const a = factors.data<T>() + i * n * n;
      const std::int64_t* const p = pivots.data<std::int64_t>() + i * n;
      double product = 1, logarithm = 0;
      int exponent = 0,
          more = 0;  // of 2, beside the product: it may leave a double's range halfway
      for (std::int64_t k = 0; k < n; ++k) {
        const double d = a[k * (n + 1)];
        if (p[k] != k) product = -product;
        product *= !log ? d : d > 0 ? 1.0 : d < 0 ? -1.0 : d;
        if (log) logarithm += std::log(std::abs(d));
        product = std::frexp(product, &more);
        exponent += more;
      }
      sign.data<T>()[i] = T(std::ldexp(product, exponent));
      if (log) log->data<T>()[i] = T(logarithm);
    }
  });
}

void lu_cofactors(const Array& factors, const Array& pivots, const Array& y) {
  if (y.numel() == 0) return;
  const std::int64_t n = y.shape.back(), size = n * n, count = y.numel() / size;
  dispatch_floating(y.dtype, [&]<class T>() {
    Buffer<T> regular(y.numel()), determinants(count);
    std::copy_n(factors.data<T>(), y.numel(), regular.data());
    for (std::int64_t i = 0; i < count; ++i) {
      T* const a = regular.data() + i * size;
      T largest = 0;
      for (std::int64_t k = 0; k < size; ++k) largest = std::max(largest, std::abs(a[k]));
      const T small = std::max(largest * std::numeric_limits<T>::epsilon(),
                               std::sqrt(std::numeric_limits<T>::min()));
      for (std::int64_t k = 0; k < n; ++k)
        if (a[k * (n + 1)] == 0) a[k * (n + 1)] = small;
    }
    const Array changed(regular.data(), y.shape, y.strides, y.dtype);
    const Shape flat{count}, step{1};
    const Array sign(determinants.data(), flat, step, y.dtype);
    lu_determinant(changed, pivots, sign, nullptr);
    lu_inverse(changed, pivots, y);
    parallel_for(count, grain_of(size), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t m = begin; m < end; ++m) {
        T* const a = y.data<T>() + m * size;
        const T factor = determinants.data()[m];
        for (std::int64_t i = 0; i < n; ++i) {
          a[i * (n + 1)] *= factor;
          for (std::int64_t j = 0; j < i; ++j) {
            std::swap(a[i * n + j], a[j * n + i]);
            a[i * n + j] *= factor;
            a[j * n + i] *= factor;
          }
        }
      }
    });
  });
}

void pivot_order(const Array& pivots, const Array& order) {
  if (order.numel() == 0) return;
  const std::int64_t n = order.shape.back(), count = order.numel() / n, few = pivots.shape.back();
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t* const to = order.data<std::int64_t>() + i * n;
    std::iota(to, to + n, 0);
    for (std::int64_t k = 0; k < few; ++k)
      std::swap(to[k], to[pivots.data<std::int64_t>()[i * few + k]]);
  }
}

}  // namespace cinta::kernels
