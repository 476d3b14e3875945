#pragma once
// Rows of pairs or of real numbers as columns, and back, in the translation unit of one instruction
// set.

#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstdint>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// `width` rows of n pairs, `stride` numbers apart, to number j of row q at j * width + q.
template <class T>
[[gnu::flatten]] void split_rows(const T* x, std::int64_t stride, std::int64_t n,
                                 std::int64_t width, T* re, T* im) {
  constexpr int lanes = register_lanes<T>;
  std::int64_t done = 0;
  if (width == lanes) {
    for (; done + lanes / 2 <= n; done += lanes / 2) {
      Register<T> rows[lanes];
      for (int q = 0; q < lanes; ++q) load(rows[q], x + q * stride + 2 * done);
      turn_over<T>(rows);
      for (int k = 0; k < lanes / 2; ++k) {
        store(re + (done + k) * lanes, rows[2 * k]);
        store(im + (done + k) * lanes, rows[2 * k + 1]);
      }
    }
  }
  for (std::int64_t q = 0; q < width; ++q) {
    for (std::int64_t j = done; j < n; ++j) {
      re[j * width + q] = x[q * stride + 2 * j];
      im[j * width + q] = x[q * stride + 2 * j + 1];
    }
  }
}

/// The same back, times a factor.
template <class T>
[[gnu::flatten]] void join_rows(const T* re, const T* im, std::int64_t n, std::int64_t width,
                                T factor, T* y, std::int64_t stride) {
  constexpr int lanes = register_lanes<T>;
  std::int64_t done = 0;
  if (width == lanes) {
    for (; done + lanes / 2 <= n; done += lanes / 2) {
      Register<T> rows[lanes];
      for (int k = 0; k < lanes / 2; ++k) {
        load(rows[2 * k], re + (done + k) * lanes);
        load(rows[2 * k + 1], im + (done + k) * lanes);
      }
      turn_over<T>(rows);
      for (int q = 0; q < lanes; ++q) store(y + q * stride + 2 * done, rows[q] * factor);
    }
  }
  for (std::int64_t q = 0; q < width; ++q) {
    for (std::int64_t j = done; j < n; ++j) {
      y[q * stride + 2 * j] = factor * re[j * width + q];
      y[q * stride + 2 * j + 1] = factor * im[j * width + q];
    }
  }
}

/// `width` rows of n real numbers, `stride` apart, to the same places.
template <class T>
[[gnu::flatten]] void split_reals(const T* x, std::int64_t stride, std::int64_t n,
                                  std::int64_t width, T* re) {
  constexpr int lanes = register_lanes<T>;
  std::int64_t done = 0;
  if (width == lanes) {
    for (; done + lanes <= n; done += lanes) {
      Register<T> rows[lanes];
      for (int q = 0; q < lanes; ++q) load(rows[q], x + q * stride + done);
      turn_over<T>(rows);
      for (int k = 0; k < lanes; ++k) store(re + (done + k) * lanes, rows[k]);
    }
  }
  for (std::int64_t q = 0; q < width; ++q)
    for (std::int64_t j = done; j < n; ++j) re[j * width + q] = x[q * stride + j];
}

/// The same back.
template <class T>
[[gnu::flatten]] void join_reals(const T* re, std::int64_t n, std::int64_t width, T* y,
                                 std::int64_t stride) {
  constexpr int lanes = register_lanes<T>;
  std::int64_t done = 0;
  if (width == lanes) {
    for (; done + lanes <= n; done += lanes) {
      Register<T> rows[lanes];
      for (int k = 0; k < lanes; ++k) load(rows[k], re + (done + k) * lanes);
      turn_over<T>(rows);
      for (int q = 0; q < lanes; ++q) store(y + q * stride + done, rows[q]);
    }
  }
  for (std::int64_t q = 0; q < width; ++q)
    for (std::int64_t j = done; j < n; ++j) y[q * stride + j] = re[j * width + q];
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
