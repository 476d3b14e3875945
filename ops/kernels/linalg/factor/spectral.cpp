#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/kernels/linalg/factor/bidiagonal.hpp>
#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/kernels/linalg/factor/tridiagonal.hpp>
#include <cinta/ops/kernels/linalg/lapack_calls.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(small_eigh,
                    (const Array& a, const Array& values, const Array& vectors, bool several,
                     std::int64_t begin, std::int64_t end, std::int64_t* codes),
                    (a, values, vectors, several, begin, end, codes))
CINTA_SIMD_FUNCTION(small_svd,
                    (const Array& a, const Array& rows, const Array& rotations, bool several,
                     std::int64_t begin, std::int64_t end, std::int64_t* codes),
                    (a, rows, rotations, several, begin, end, codes))
CINTA_SIMD_FUNCTION(add_symmetric_rows,
                    (Dtype dtype, const void* a, std::int64_t stride, std::int64_t n, const void* x,
                     void* y, std::int64_t begin, std::int64_t end),
                    (dtype, a, stride, n, x, y, begin, end))

namespace {

// Rotations take several sweeps of n³ each: LAPACK is ahead from here on.
constexpr std::int64_t rotation_limit = 16;
template <class T>
Method rotation_method(std::int64_t rows, std::int64_t columns) {
  if (std::max(rows, columns) <= rotation_limit) return Method::lanes;
  return lapack<T>() ? Method::lapack : Method::plain;
}

// The size of the largest element; NaN or infinite if one is.
template <class T>
T largest(const T* x, std::int64_t count) {
  T most = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const T size = std::abs(x[i]);
    if (!(size <= most)) most = size;
    if (most != most) return most;
  }
  return most;
}

// An array of these sizes in memory of its own.
template <class T>
class Room {
 public:
  Room(const Array& like, const Shape& shape)
      : buffer_(std::max<std::int64_t>(1, shape.numel())),
        shape_(shape),
        strides_(dense_strides(shape)),
        array_(buffer_.data(), shape_, strides_, like.dtype) {}
  const Array& array() const { return array_; }
  T* data() { return buffer_.data(); }

 private:
  static Strides dense_strides(const Shape& shape) {
    Strides strides = Strides::filled(shape.rank());
    std::int64_t step = 1;
    for (int i = shape.rank() - 1; i >= 0; --i) {
      strides[i] = step;
      step *= shape[i];
    }
    return strides;
  }

  Buffer<T> buffer_;
  Shape shape_;
  Strides strides_;
  Array array_;
};

template <class T>
void sort_eigenvalues(T* values, T* vectors, std::int64_t n, T scale) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return values[i] < values[j]; });
  const std::vector<T> old(values, values + n), rows(vectors, vectors + n * n);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t from = order[std::size_t(i)];
    values[i] = old[std::size_t(from)] * scale;
    std::copy_n(rows.data() + from * n, n, vectors + i * n);
  }
}

// The power of 2 by which numbers up to `largest` are brought to where their squares are numbers,
// too; 1 if they are there.
template <class T>
T scale_of(T largest) {
  const T least = std::sqrt(std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon());
  if (largest == 0 || (largest > least && largest < 1 / least)) return 1;
  return std::ldexp(T(1), -std::ilogb(largest));
}

// Overwrites the matrix; `vectors` may be null. With `alone` the values are those without vectors.
template <class T>
std::int64_t eigh_by_lapack(T* matrix, T largest, T* values, std::int64_t n, T* vectors,
                            bool alone) {
  const T scale = scale_of(largest);
  if (scale != 1)
    for (std::int64_t i = 0; i < n * n; ++i) matrix[i] *= scale;
  Tridiagonal<T> form(matrix, n);
  const int size = int(n);
  int info = 0;
  if (!vectors || alone) {
    Buffer<T> beside(n);
    std::copy_n(form.diagonal(), n, values);
    std::copy_n(form.beside(), n, beside.data());
    const OneThread one;
    lapack<T>()->sterf(&size, values, beside.data(), &info);
  }
  if (vectors && info == 0) {
    T answer = 0;
    int length = -1, integers = -1, wanted = 0;
    const auto find = [&](T* work, int* more) {
      const OneThread one;
      lapack<T>()->stedc("I", &size, form.diagonal(), form.beside(), vectors, &size, work, &length,
                         more, &integers, &info, 1);
    };
    find(&answer, &wanted);
    length = workspace(answer);
    integers = std::max(1, wanted);
    Buffer<T> work(length);
    Buffer<int> more(integers);
    find(work.data(), more.data());
    if (info == 0) form.turn_back(vectors);
    if (!alone) std::copy_n(form.diagonal(), n, values);
  }
  if (scale != 1)
    for (std::int64_t i = 0; i < n; ++i) values[i] /= scale;
  return info ? no_convergence : 0;
}

// What one-sided rotations left of a matrix: its scaled singular values and vectors.
template <class T>
struct Spread {
  const T* rows;       // (k, n), orthogonal
  const T* rotations;  // (k, k)
  std::int64_t k, n;

  // Row i of x (k, n), which has no direction of its own, becomes orthogonal to those before.
  static void complete(T* x, std::int64_t i, std::int64_t n) {
    for (std::int64_t axis = -1; axis < n; ++axis) {
      T* const row = x + i * n;
      if (axis >= 0) {
        std::fill_n(row, n, T(0));
        row[axis] = 1;
      }
      for (int twice = 0; twice < 2; ++twice) {
        for (std::int64_t j = 0; j < i; ++j) {
          const T part = std::inner_product(row, row + n, x + j * n, T(0));
          for (std::int64_t c = 0; c < n; ++c) row[c] -= part * x[j * n + c];
        }
      }
      const T norm = std::sqrt(std::inner_product(row, row + n, row, T(0)));
      if (norm < T(0.5) / std::sqrt(T(n))) continue;
      for (std::int64_t c = 0; c < n; ++c) row[c] /= norm;
      return;
    }
  }

  // s (k) descending, x (k, n) and y (k, k) with rows · = yᵀ s x.
  void sorted(T* s, T* x, T* y) const {
    std::vector<T> norms(static_cast<std::size_t>(k));
    for (std::int64_t i = 0; i < k; ++i) {
      double sum = 0;
      for (std::int64_t c = 0; c < n; ++c) sum += double(rows[i * n + c]) * rows[i * n + c];
      norms[std::size_t(i)] = T(std::sqrt(sum));
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(k));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
      return norms[std::size_t(i)] > norms[std::size_t(j)];
    });
    const T noise =
        norms[std::size_t(order[0])] * std::numeric_limits<T>::epsilon() * 2 * T(std::max(n, k));
    for (std::int64_t i = 0; i < k; ++i) {
      const std::int64_t from = order[std::size_t(i)];
      const T norm = norms[std::size_t(from)];
      s[i] = norm;
      std::copy_n(rotations + from * k, k, y + i * k);
      for (std::int64_t c = 0; c < n; ++c)
        x[i * n + c] = norm > 0 ? rows[from * n + c] / norm : T(0);
      if (norm <= noise) complete(x, i, n);
    }
  }
};

// As svd_by_lapack.
template <class T>
std::int64_t svd_of_form(T* a, std::int64_t m, std::int64_t n, T* u, T* s, T* vh, bool alone) {
  Bidiagonal<T> form(a, m, n);
  const int size = int(n);
  int info = 0;
  // Of the transposed form: by columns its right vectors are rows of ours.
  const auto find = [&](const char* vectors, T* diagonal, T* beside, T* right, T* left) {
    const bool any = *vectors == 'I';
    Buffer<T> work(any ? 3 * n * n + 4 * n : 4 * n), unused(1);
    Buffer<int> more(8 * n), unused_places(1);
    const OneThread one;
    lapack<T>()->bdsdc("L", vectors, &size, diagonal, beside, right, &size, left, &size,
                       unused.data(), unused_places.data(), work.data(), more.data(), &info, 1, 1);
  };
  if (!u || alone) {
    Buffer<T> beside(n), none(1);
    std::copy_n(form.diagonal(), n, s);
    std::copy_n(form.beside(), n, beside.data());
    find("N", s, beside.data(), none.data(), none.data());
  }
  if (u && info == 0) {
    std::fill_n(u + n * n, (m - n) * n, T(0));
    find("I", form.diagonal(), form.beside(), vh, u);
    if (!alone) std::copy_n(form.diagonal(), n, s);
    if (info == 0) {
      form.turn_left(u);
      form.turn_right(vh);
    }
  }
  return info ? no_convergence : 0;
}

// Of a (m, n), m >= n, which is overwritten: s (n), and unless they are null u (m, n) and vh (n,
// n). With `alone` the values are those without vectors.
template <class T>
std::int64_t svd_by_lapack(T* a, std::int64_t m, std::int64_t n, T* u, T* s, T* vh, bool alone) {
  // From here on the triangle of a QR factorization is what is made bidiagonal.
  if (6 * m >= 11 * n) {
    Buffer<T> taus(n), upper(n * n), left(u ? n * n : 1);
    // By columns a is aᵀ = l q', so that l by rows is r, and q' by rows is q.
    blocked_lq(a, n, m, taus.data());
    for (std::int64_t row = 0; row < n; ++row)
      std::copy(a + row * (n + 1), a + (row + 1) * n, upper.data() + row * (n + 1));
    if (u) blocked_lq_rows(a, n, m, taus.data());
    const std::int64_t code =
        svd_of_form(upper.data(), n, n, u ? left.data() : nullptr, s, vh, alone);
    if (u && !code)
      multiply(Product<T>{.m = m,
                          .n = n,
                          .k = n,
                          .a = a,
                          .a_row = n,
                          .a_col = 1,
                          .b = left.data(),
                          .b_row = n,
                          .b_col = 1,
                          .y = u,
                          .y_row = n,
                          .accumulate = false});
    return code;
  }
  return svd_of_form(a, m, n, u, s, vh, alone);
}

}  // namespace

Stop eigh(const Array& a, const Array& values, const Array* vectors, bool alone) {
  if (a.numel() == 0) return {};
  return dispatch_floating(a.dtype, [&]<class T>() -> Stop {
    const std::int64_t n = a.shape.back(), size = n * n, count = a.numel() / size;
    std::optional<Room<T>> own;
    if (!vectors) own.emplace(a, a.shape);
    const Array& work = vectors ? *vectors : own->array();
    if (const Stop stop = symmetric_part(a, false, work)) return stop;
    Codes codes(count);
    std::vector<T> scales(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const T most = largest(work.data<T>() + i * size, size);
      if (!std::isfinite(most)) return {i, not_finite};
      scales[std::size_t(i)] = most;
    }
    const Method method = rotation_method<T>(n, n);
    if (method == Method::lapack) {
      for_each_by_lapack(count, [&](std::int64_t i) {
        T *const matrix = work.data<T>() + i * size, *const found = values.data<T>() + i * n;
        const T most = scales[std::size_t(i)];
        if (!vectors) {
          codes.data()[i] = eigh_by_lapack<T>(matrix, most, found, n, nullptr, true);
          return;
        }
        Buffer<T> reduced(size);
        copy_in_threads(matrix, size, reduced.data());
        codes.data()[i] = eigh_by_lapack(reduced.data(), most, found, n, matrix, alone);
      });
      return codes.first();
    }
    for_matrices(count, 30.0 * double(size) * double(n), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        if (const T scale = scales[std::size_t(i)]; scale > 0)
          for (std::int64_t e = 0; e < size; ++e) work.data<T>()[i * size + e] /= scale;
      small_eigh(work, values, work, method == Method::lanes, begin, end, codes.data());
      for (std::int64_t i = begin; i < end; ++i)
        sort_eigenvalues(values.data<T>() + i * n, work.data<T>() + i * size, n,
                         scales[std::size_t(i)]);
    });
    return codes.first();
  });
}

Stop svd(const Array& a, const Array* u, const Array& s, const Array* vh, bool alone) {
  if (a.numel() == 0) return {};
  return dispatch_floating(a.dtype, [&]<class T>() -> Stop {
    const int rank = a.shape.rank();
    const std::int64_t m = a.shape[rank - 2], n = a.shape[rank - 1], size = m * n;
    const std::int64_t count = a.numel() / size, k = std::min(m, n), length = std::max(m, n);
    std::vector<T> scales(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const T most = largest(a.data<T>() + i * size, size);
      if (!std::isfinite(most)) return {i, not_finite};
      scales[std::size_t(i)] = most > 0 ? most : T(1);
    }
    Codes codes(count);
    const Method method = rotation_method<T>(m, n);
    const bool wide = m < n;
    if (method == Method::lapack) {
      for_each_by_lapack(count, [&](std::int64_t i) {
        const T scale = scale_of(scales[std::size_t(i)]);
        const Shape shape = wide ? Shape{n, m} : Shape{m, n};
        const Strides from = wide ? Strides{1, n} : Strides{n, 1};
        Room<T> matrix(a, shape);
        copy({a.data<T>() + i * size, shape, from, a.dtype}, matrix.array());
        if (scale != 1)
          for (std::int64_t e = 0; e < size; ++e) matrix.data()[e] *= scale;
        T* const values = s.data<T>() + i * k;
        T *left = u ? u->data<T>() + i * m * k : nullptr,
          *right = u ? vh->data<T>() + i * k * n : nullptr;
        if (wide && u) {
          // The vectors of aᵀ are those of a, exchanged and turned over.
          Room<T> of_columns(a, {n, k}), of_rows(a, {k, k});
          codes.data()[i] =
              svd_by_lapack(matrix.data(), n, m, of_columns.data(), values, of_rows.data(), alone);
          const Shape rows{k, k}, columns{k, n};
          const Strides turned_rows{1, k}, turned_columns{1, k}, dense_rows{k, 1},
              dense_columns{n, 1};
          copy({of_rows.data(), rows, turned_rows, a.dtype}, {left, rows, dense_rows, a.dtype});
          copy({of_columns.data(), columns, turned_columns, a.dtype},
               {right, columns, dense_columns, a.dtype});
        } else {
          codes.data()[i] = svd_by_lapack(matrix.data(), length, k, left, values, right, alone);
        }
        if (scale != 1)
          for (std::int64_t e = 0; e < k; ++e) values[e] /= scale;
      });
      return codes.first();
    }
    // The smaller number of vectors is rotated: the rows of a, or those of aᵀ.
    Room<T> rows(a, {count, k, length}), rotations(a, {count, k, k});
    for_matrices(count, 30.0 * double(size) * double(k), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T scale = scales[std::size_t(i)];
        const T* const from = a.data<T>() + i * size;
        T* const to = rows.data() + i * size;
        for (std::int64_t r = 0; r < m; ++r)
          for (std::int64_t c = 0; c < n; ++c)
            to[wide ? r * n + c : c * m + r] = from[r * n + c] / scale;
      }
      small_svd(rows.array(), rows.array(), rotations.array(), method == Method::lanes, begin, end,
                codes.data());
      std::vector<T> x(static_cast<std::size_t>(size)), y(static_cast<std::size_t>(k * k));
      for (std::int64_t i = begin; i < end; ++i) {
        T* const values = s.data<T>() + i * k;
        const Spread<T> spread{rows.data() + i * size, rotations.data() + i * k * k, k, length};
        spread.sorted(values, x.data(), y.data());
        for (std::int64_t j = 0; j < k; ++j) values[j] *= scales[std::size_t(i)];
        if (!u) continue;
        T* const left = u->data<T>() + i * m * k;
        T* const right = vh->data<T>() + i * k * n;
        std::vector<T>& turned = wide ? y : x;
        for (std::int64_t r = 0; r < m; ++r)
          for (std::int64_t j = 0; j < k; ++j) left[r * k + j] = turned[std::size_t(j * m + r)];
        std::copy_n((wide ? x : y).data(), k * n, right);
      }
    });
    return codes.first();
  });
}

Stop closed_gaps(const Array& x, const Array& gaps, const Array& terms, const Array& values,
                 const Array& y) {
  if (x.numel() == 0) return {};
  return dispatch_floating(x.dtype, [&]<class T>() -> Stop {
    const int rank = x.shape.rank();
    const std::int64_t size = x.shape[rank - 2] * x.shape[rank - 1], n = values.shape.back();
    const std::int64_t count = x.numel() / size, term_size = terms.numel() / count;
    const T rounding = std::numeric_limits<T>::epsilon() * T(n);
    for (std::int64_t m = 0; m < count; ++m) {
      const T closed = 8 * rounding * largest(values.data<T>() + m * n, n);
      const T noise = 1000 * rounding * largest(terms.data<T>() + m * term_size, term_size);
      for (std::int64_t e = m * size; e < (m + 1) * size; ++e) {
        y.data<bool>()[e] = std::abs(gaps.data<T>()[e]) <= closed;
        if (y.data<bool>()[e] && std::abs(x.data<T>()[e]) > noise) return {m, 1 + e - m * size};
      }
    }
    return {};
  });
}

}  // namespace cinta::kernels
