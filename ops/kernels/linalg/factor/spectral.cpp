#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/kernels/linalg/lapack_calls.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>
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

template <class T>
std::int64_t eigh_by_lapack(T* matrix, T* values, std::int64_t n, bool vectors) {
  const char* job = vectors ? "V" : "N";
  const int size = int(n);
  int info = 0, length = -1, integers = -1, wanted_integers = 0;
  T answer = 0;
  lapack<T>()->syevd(job, "U", &size, matrix, &size, values, &answer, &length, &wanted_integers,
                     &integers, &info, 1, 1);
  length = workspace(answer);
  integers = std::max(1, wanted_integers);
  Buffer<T> work(length);
  Buffer<int> more(integers);
  lapack<T>()->syevd(job, "U", &size, matrix, &size, values, work.data(), &length, more.data(),
                     &integers, &info, 1, 1);
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

template <class T>
std::int64_t svd_by_lapack(const T* a, std::int64_t m, std::int64_t n, T* u, T* s, T* vh) {
  // By columns a is aᵀ = v s uᵀ: what LAPACK calls u is vh by rows, and its vt our u.
  const char* job = u ? "S" : "N";
  const int rows = int(n), columns = int(m), few = std::min(rows, columns);
  Buffer<T> matrix(m * n);
  Buffer<int> more(8 * std::int64_t(few));
  std::copy_n(a, m * n, matrix.data());
  int info = 0, length = -1;
  T answer = 0;
  lapack<T>()->gesdd(job, &rows, &columns, matrix.data(), &rows, s, vh, &rows, u, &few, &answer,
                     &length, more.data(), &info, 1);
  length = workspace(answer);
  Buffer<T> work(length);
  lapack<T>()->gesdd(job, &rows, &columns, matrix.data(), &rows, s, vh, &rows, u, &few, work.data(),
                     &length, more.data(), &info, 1);
  return info ? no_convergence : 0;
}

}  // namespace

Stop eigh(const Array& a, const Array& values, const Array* vectors) {
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
        codes.data()[i] =
            eigh_by_lapack(work.data<T>() + i * size, values.data<T>() + i * n, n, vectors);
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

Stop svd(const Array& a, const Array* u, const Array& s, const Array* vh) {
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
    if (method == Method::lapack) {
      for_each_by_lapack(count, [&](std::int64_t i) {
        codes.data()[i] =
            svd_by_lapack(a.data<T>() + i * size, m, n, u ? u->data<T>() + i * m * k : nullptr,
                          s.data<T>() + i * k, vh ? vh->data<T>() + i * k * n : nullptr);
      });
      return codes.first();
    }
    // The smaller number of vectors is rotated: the rows of a, or those of aᵀ.
    const bool wide = m < n;
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
