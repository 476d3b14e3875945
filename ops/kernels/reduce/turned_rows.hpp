#pragma once
// Private to softmax: short rows, turned over so that a step is one of many rows. In the
// translation unit of one instruction set.

#include <algorithm>
#include <cinta/ops/kernels/loop/rows.hpp>
#include <cmath>

namespace cinta::kernels::CINTA_SIMD {
namespace {

template <class T>
[[gnu::flatten]] void exp_lanes(T* x) {
  exp(Lanes<T>(x, Lanes<T>::size)).store(x, Lanes<T>::size);
}

/// Most rows at a time.
constexpr std::int64_t together = 64;

template <class T>
class TurnedRows {
 public:
  static constexpr std::int64_t longest = 16;  // of whose elements

  /// `count` dense rows of n elements.
  TurnedRows(const T* rows, std::int64_t n, std::int64_t count)
      : n_(n),
        count_(count),
        steps_((count + Lanes<T>::size - 1) / Lanes<T>::size * Lanes<T>::size) {
    for (std::int64_t k = 0; k < n; ++k) {
      for (std::int64_t j = 0; j < count; ++j) column_[k][j] = rows[j * n + k];
      std::fill(column_[k] + count, column_[k] + steps_, T(0));
    }
  }
  void write(T* rows) const {
    for (std::int64_t k = 0; k < n_; ++k)
      for (std::int64_t j = 0; j < count_; ++j) rows[j * n_ + k] = column_[k][j];
  }

  /// to[j] = the largest element of row j that is a number.
  void largest(T* to) const {
    std::fill_n(to, together, -infinity<T>);
    for_each([=](T x, std::int64_t j) { to[j] = x > to[j] ? x : to[j]; });
  }

  /// to[j] = the sum of row j.
  void sum(double* to) const {
    std::fill_n(to, together, 0.0);
    for_each([=](T x, std::int64_t j) { to[j] += double(x); });
  }

  /// Calls f(x, j) for each element x of each row j, in their order.
  template <class F>
  void for_each(F f) const {
    for (std::int64_t k = 0; k < n_; ++k) {
#pragma omp simd
      for (std::int64_t j = 0; j < steps_; ++j) f(column_[k][j], j);
    }
  }

  /// x = f(x, j).
  template <class F>
  void replace(F f) {
    for (std::int64_t k = 0; k < n_; ++k) {
#pragma omp simd
      for (std::int64_t j = 0; j < steps_; ++j) column_[k][j] = f(column_[k][j], j);
    }
  }
  /// x = f(x, y, j) with the elements of another's rows.
  template <class F>
  void combine(const TurnedRows& other, F f) {
    for (std::int64_t k = 0; k < n_; ++k) {
#pragma omp simd
      for (std::int64_t j = 0; j < steps_; ++j)
        column_[k][j] = f(column_[k][j], other.column_[k][j], j);
    }
  }
  void exp() {
    for (std::int64_t k = 0; k < n_; ++k)
      for (std::int64_t j = 0; j < steps_; j += Lanes<T>::size) exp_lanes(column_[k] + j);
  }

 private:
  std::int64_t n_, count_, steps_;  // steps: whole registers of rows
  alignas(64) T column_[longest][together];
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
