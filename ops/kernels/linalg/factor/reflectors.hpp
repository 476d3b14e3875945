#pragma once
// Private to ops/kernels/linalg: a product of reflections that lie in rows, and what it makes of
// vectors.

#include <cinta/ops/kernels/linalg/blocked.hpp>
#include <vector>

namespace cinta::kernels {

/// h = h0 h1 ..., where reflection k lies in row k of v, from place k + `offset` on. The element at
/// that place counts as 1, and what is before it as 0.
template <class T>
class Reflectors {
 public:
  Reflectors(T* v, std::int64_t length, std::int64_t offset, std::int64_t count, const T* taus)
      : v_(v),
        length_(length),
        offset_(offset),
        count_(count),
        factors_(std::size_t(count) * std::size_t(reflection_rows)) {
    const OneThread one;
    for (std::int64_t k = 0; k < count; k += reflection_rows) {
      const Block b(*this, k);
      lapack<T>()->larft("F", "C", &b.length, &b.count, v + k * length + b.first, &b.stride,
                         taus + k, factors_.data() + k * reflection_rows, &b.count, 1, 1);
    }
  }

  /// h x for each of the rows x (rows, length).
  void apply_to_rows(T* x, std::int64_t rows) const {
    for_rows(0, rows, 2 * double(length_) * double(count_),
             [=, this](std::int64_t begin, std::int64_t end) {
               each_block(end - begin, [&](const Block& b, const T* v, const T* factor, T* work,
                                           int count) {
                 lapack<T>()->larfb("L", "N", "F", "C", &b.length, &count, &b.count, v, &b.stride,
                                    factor, &b.count, x + begin * length_ + b.first, &b.stride,
                                    work, &count, 1, 1, 1, 1);
               });
             });
  }
  /// h x for each of the columns of x (length, columns).
  void apply_to_columns(T* x, std::int64_t columns) const {
    const int stride = int(columns);
    for_rows(0, columns, 2 * double(length_) * double(count_),
             [=, this](std::int64_t begin, std::int64_t end) {
               each_block(end - begin, [&](const Block& b, const T* v, const T* factor, T* work,
                                           int count) {
                 lapack<T>()->larfb("R", "T", "F", "C", &count, &b.length, &b.count, v, &b.stride,
                                    factor, &b.count, x + b.first * columns + begin, &stride, work,
                                    &count, 1, 1, 1, 1);
               });
             });
  }

 private:
  // Reflections k, k + 1, ... that are applied together, as LAPACK asks for them.
  struct Block {
    std::int64_t first;
    int count, length, stride;
    Block(const Reflectors& all, std::int64_t k)
        : first(k + all.offset_),
          count(int(std::min(reflection_rows, all.count_ - k))),
          length(int(all.length_ - first)),
          stride(int(all.length_)) {}
  };

  template <class F>
  void each_block(std::int64_t vectors, const F& f) const {
    std::vector<T> work(std::size_t(vectors) * std::size_t(reflection_rows));
    if (count_ == 0) return;
    for (std::int64_t k = (count_ - 1) / reflection_rows * reflection_rows; k >= 0;
         k -= reflection_rows) {
      const Block b(*this, k);
      f(b, v_ + k * length_ + b.first, factors_.data() + k * reflection_rows, work.data(),
        int(vectors));
    }
  }

  const T* v_;
  std::int64_t length_, offset_, count_;
  std::vector<T> factors_;  // that make a product of each block
};

}  // namespace cinta::kernels
