#pragma once
// Private to ops/kernels/linalg: a large matrix becomes a bidiagonal one by reflections from both
// sides, in our own threads; in blocks, as tridiagonal.hpp has it.

#include <cinta/ops/kernels/linalg/factor/reflectors.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>

namespace cinta::kernels {

/// a = q b pᵀ with b bidiagonal, zeros but on its diagonal and right beside that.
template <class T>
class Bidiagonal {
 public:
  /// Of a (m, n), m >= n > 0, which is overwritten.
  Bidiagonal(T* a, std::int64_t m, std::int64_t n)
      : a_(a),
        m_(m),
        n_(n),
        v_(n * m),
        u_(n * n),
        x_(block * m),
        y_(block * n),
        dots_(2 * block),
        diagonal_(n),
        beside_(n),
        taus_q_(n),
        taus_p_(n) {
    for (std::int64_t k = 0; k < n; k += block) {
      const std::int64_t size = std::min(block, n - k);
      for (std::int64_t i = 0; i < size; ++i) {
        reflect_column(k, i);
        if (k + i + 1 < n) reflect_row(k, i);
      }
      take_out(k, k + size);
    }
  }

  T* diagonal() { return diagonal_.data(); }
  T* beside() { return beside_.data(); }  ///< n - 1 of them

  /// q x for x (m, n).
  void turn_left(T* x) {
    Reflectors<T>(v_.data(), m_, 0, n_, taus_q_.data()).apply_to_columns(x, n_);
  }
  /// p times each of the n rows of x.
  void turn_right(T* x) {
    Reflectors<T>(u_.data(), n_, 1, n_ - 1, taus_p_.data()).apply_to_rows(x, n_);
  }

 private:
  static constexpr std::int64_t block = 32;

  // The reflections from the left and from the right, and for those of a block the x and y of which
  // vᵀ y + xᵀ u takes them out of a.
  T* v(std::int64_t i) { return v_.data() + i * m_; }
  T* u(std::int64_t i) { return u_.data() + i * n_; }
  T* x(std::int64_t i) { return x_.data() + i * m_; }
  T* y(std::int64_t i) { return y_.data() + i * n_; }

  // The vector from `z` on becomes its reflection; returns what it leaves.
  static T find(T* z, std::int64_t count, T& tau) {
    const OneThread one;
    const int length = int(count), step = 1;
    lapack<T>()->larfg(&length, z, z + (count > 1), &step, &tau);
    const T left = *z;
    *z = 1;
    return left;
  }
  // to += bᵀ (a z) for the rows of a and b, z and a of one length.
  void add_turned(std::int64_t rows, const T* a, std::int64_t stride_a, std::int64_t count_a,
                  const T* z, const T* b, std::int64_t stride_b, std::int64_t count_b, T* to) {
    if (rows == 0) return;
    std::fill_n(dots_.data(), rows, T(0));
    gemv(false, rows, count_a, a, int(stride_a), z, 1, dots_.data());
    gemv(true, rows, count_b, b, int(stride_b), dots_.data(), 1, to);
  }

  void reflect_column(std::int64_t k, std::int64_t i) {
    const std::int64_t at = k + i, next = at + 1, rows = m_ - at, columns = n_ - next;
    T* const mine = v(at);
    for (std::int64_t row = at; row < m_; ++row) mine[row] = a_[row * n_ + at];
    if (i > 0) {
      gemv(true, i, rows, v(k) + at, int(m_), y(0) + at, n_, mine + at);
      gemv(true, i, rows, x(0) + at, int(m_), u(k) + at, n_, mine + at);
    }
    T& tau = taus_q_.data()[at];
    diagonal_.data()[at] = find(mine + at, rows, tau);
    if (columns == 0) return;
    T* const product = y(i) + next;
    std::fill_n(y(i), n_, T(0));
    const T* const a = a_ + at * n_ + next;
    for_rows(0, columns, double(rows), [=, this](std::int64_t begin, std::int64_t end) {
      gemv(true, rows, end - begin, a + begin, int(n_), mine + at, 1, product + begin);
    });
    add_turned(i, v(k) + at, m_, rows, mine + at, y(0) + next, n_, columns, product);
    add_turned(i, x(0) + at, m_, rows, mine + at, u(k) + next, n_, columns, product);
    for (std::int64_t c = 0; c < columns; ++c) product[c] *= -tau;
  }

  void reflect_row(std::int64_t k, std::int64_t i) {
    const std::int64_t at = k + i, next = at + 1, rows = m_ - next, columns = n_ - next;
    T* const mine = u(at);
    std::copy(a_ + at * n_ + next, a_ + next * n_, mine + next);
    gemv(true, i + 1, columns, y(0) + next, int(n_), v(k) + at, m_, mine + next);
    if (i > 0) gemv(true, i, columns, u(k) + next, int(n_), x(0) + at, m_, mine + next);
    T& tau = taus_p_.data()[at];
    beside_.data()[at] = find(mine + next, columns, tau);
    T* const product = x(i) + next;
    std::fill_n(x(i), m_, T(0));
    const T* const a = a_ + next * n_ + next;
    for_rows(0, rows, double(columns), [=, this](std::int64_t begin, std::int64_t end) {
      gemv(false, end - begin, columns, a + begin * n_, int(n_), mine + next, 1, product + begin);
    });
    add_turned(i, u(k) + next, n_, columns, mine + next, x(0) + next, m_, rows, product);
    add_turned(i + 1, y(0) + next, n_, columns, mine + next, v(k) + next, m_, rows, product);
    for (std::int64_t c = 0; c < rows; ++c) product[c] *= -tau;
  }

  // What is left of a from `next` on += vᵀ y + xᵀ u for the block from k on.
  void take_out(std::int64_t k, std::int64_t next) {
    const std::int64_t columns = n_ - next;
    if (columns == 0) return;
    for_rows(next, m_, 2 * double(block) * double(columns),
             [=, this](std::int64_t begin, std::int64_t end) {
               Product<T> product{.m = end - begin,
                                  .n = columns,
                                  .k = next - k,
                                  .a = v(k) + begin,
                                  .a_row = 1,
                                  .a_col = m_,
                                  .b = y(0) + next,
                                  .b_row = n_,
                                  .b_col = 1,
                                  .y = a_ + begin * n_ + next,
                                  .y_row = n_,
                                  .accumulate = true};
               gemm(true, false, product, int(m_), int(n_));
               product.a = x(0) + begin;
               product.b = u(k) + next;
               gemm(true, false, product, int(m_), int(n_));
             });
  }

  T* const a_;
  const std::int64_t m_, n_;
  Buffer<T> v_, u_, x_, y_, dots_, diagonal_, beside_, taus_q_, taus_p_;
};

}  // namespace cinta::kernels
