#pragma once
// Private to ops/kernels/linalg: a large symmetric matrix becomes a tridiagonal one by reflections,
// in our own threads. LAPACK's way, of Dongarra, Sorensen and Hammarling 1989: a block of
// reflections is found by products of the matrix with a vector, which read it from memory, and then
// taken out of what is left by products of matrices.

#include <cinta/autograd/core/dtype.hpp>
#include <cinta/ops/kernels/linalg/factor/reflectors.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cmath>

namespace cinta::kernels {

/// y[c] for begin <= c < n += the share of rows [begin, end) in the product of a symmetric matrix
/// and x (n). `a` (n, n), in rows `stride` apart, is read on and right of its diagonal.
void add_symmetric_rows(Dtype dtype, const void* a, std::int64_t stride, std::int64_t n,
                        const void* x, void* y, std::int64_t begin, std::int64_t end);

/// a = q t qᵀ with t tridiagonal. Right of the place beside the diagonal of each row of a is the
/// reflection that it made, whose first element, at that place, counts as 1.
template <class T>
class Tridiagonal {
 public:
  /// Of a (n, n), symmetric, n > 0, which is overwritten.
  Tridiagonal(T* a, std::int64_t n)
      : a_(a),
        n_(n),
        panel_(3 * block * n),
        shares_(most_parts * n),
        dots_(2 * block),
        diagonal_(n),
        beside_(n),
        taus_(n) {
    std::int64_t k = 0;
    while (k < n - 1) {
      const std::int64_t size = std::min(block, n - 1 - k);
      for (std::int64_t i = 0; i < size; ++i) reflect(k, i);
      take_out(k, size);
      k += size;
    }
    diagonal_.data()[n - 1] = a[n * n - 1];
  }

  T* diagonal() { return diagonal_.data(); }
  T* beside() { return beside_.data(); }  ///< n - 1 of them

  /// q times each of the n rows of x, which are eigenvectors of t.
  void turn_back(T* x) { Reflectors<T>(a_, n_, 1, n_ - 1, taus_.data()).apply_to_rows(x, n_); }

 private:
  static constexpr std::int64_t block = 32;
  /// Of a product with a vector: by its size, so that sums do not depend on the threads.
  static constexpr std::int64_t most_parts = 8;

  // The reflections v of a block, the w of which vᵀ w + wᵀ v takes them out of a, and v again: so
  // that (v, w) and (w, v) are the rows of two matrices.
  T* v(std::int64_t i) { return panel_.data() + i * n_; }
  T* w(std::int64_t i) { return panel_.data() + (block + i) * n_; }
  T* v_again(std::int64_t i) { return panel_.data() + (2 * block + i) * n_; }

  // Row k + i of a: what the block has found so far is taken out, and its reflection found.
  void reflect(std::int64_t k, std::int64_t i) {
    const std::int64_t at = k + i, next = at + 1;
    T* const row = a_ + at * n_;
    const int stride = int(n_);
    if (i > 0) {
      gemv(true, i, n_ - at, w(0) + at, stride, v(0) + at, n_, row + at);
      gemv(true, i, n_ - at, v(0) + at, stride, w(0) + at, n_, row + at);
    }
    diagonal_.data()[at] = row[at];
    T tau = 0;
    {
      const OneThread one;
      const int length = int(n_ - next), step = 1;
      lapack<T>()->larfg(&length, row + next, row + std::min(next + 1, n_ - 1), &step, &tau);
    }
    beside_.data()[at] = row[next];
    taus_.data()[at] = tau;
    T* const mine = v(i);
    std::fill_n(mine, next, T(0));
    mine[next] = 1;
    std::copy(row + next + 1, row + n_, mine + next + 1);
    std::copy_n(mine, n_, v_again(i));
    T* const product = w(i);
    std::fill_n(product, next, T(0));
    multiply(next, mine, product);
    if (i > 0) {
      T* const dots = dots_.data();
      std::fill_n(dots, 2 * block, T(0));
      gemv(false, i, n_ - next, w(0) + next, stride, mine + next, 1, dots);
      gemv(false, i, n_ - next, v(0) + next, stride, mine + next, 1, dots + block);
      gemv(true, i, n_ - next, v(0) + next, stride, dots, 1, product + next);
      gemv(true, i, n_ - next, w(0) + next, stride, dots + block, 1, product + next);
    }
    T sum = 0;
    for (std::int64_t c = next; c < n_; ++c) sum += product[c] * mine[c];
    const T half = tau * tau * sum / 2;
    for (std::int64_t c = next; c < n_; ++c) product[c] = half * mine[c] - tau * product[c];
  }

  // y = a x for the square of a from `first` on.
  void multiply(std::int64_t first, const T* x, T* y) {
    const std::int64_t n = n_ - first;
    const std::int64_t parts = n < 128 ? 1 : most_parts;
    // Strips of equal areas.
    const auto row = [=](std::int64_t part) {
      return part == parts ? n
                           : n - std::int64_t(double(n) * std::sqrt(double(parts - part) / parts));
    };
    parallel_for(parts, grain_of(n * n / 2 / parts),
                 [=, this](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t part = begin; part < end; ++part) {
                     T* const share = shares_.data() + part * n_;
                     std::fill(share + row(part), share + n, T(0));
                     add_symmetric_rows(dtype_of<T>, a_ + first * (n_ + 1), n_, n, x + first, share,
                                        row(part), row(part + 1));
                   }
                 });
    std::copy_n(shares_.data(), n, y + first);
    for (std::int64_t part = 1; part < parts; ++part)
      for (std::int64_t c = row(part); c < n; ++c) y[first + c] += shares_.data()[part * n_ + c];
  }

  // What is left of a, on and right of its diagonal, += vᵀ w + wᵀ v for the block from k on.
  void take_out(std::int64_t k, std::int64_t size) {
    const std::int64_t first = k + size, n = n_ - first;
    if (size < block) {  // the last one, which leaves one element
      for (std::int64_t i = 0; i < size; ++i) a_[n_ * n_ - 1] += 2 * v(i)[first] * w(i)[first];
      return;
    }
    constexpr std::int64_t height = 64;
    const std::int64_t strips = (n + height - 1) / height;
    const auto strip = [=, this](std::int64_t number) {
      const std::int64_t row = number * height, at = first + row;
      const Product<T> product{.m = std::min(height, n - row),
                               .n = n - row,
                               .k = 2 * block,
                               .a = v(0) + at,
                               .a_row = 1,
                               .a_col = n_,
                               .b = w(0) + at,
                               .b_row = n_,
                               .b_col = 1,
                               .y = a_ + at * (n_ + 1),
                               .y_row = n_,
                               .accumulate = true};
      gemm(true, false, product, int(n_), int(n_));
    };
    // Each with the one as far from the other end, so that all take as long.
    parallel_for((strips + 1) / 2, grain_of(n * height * block),
                 [=](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     strip(i);
                     if (strips - 1 - i != i) strip(strips - 1 - i);
                   }
                 });
  }

  T* const a_;
  const std::int64_t n_;
  Buffer<T> panel_, shares_, dots_, diagonal_, beside_, taus_;
};

}  // namespace cinta::kernels
