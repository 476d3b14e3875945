#pragma once
// Transforms of one signal that no cache near a core holds, by all threads, in the translation unit
// of one instruction set.

#include <cinta/ops/kernels/fft/passes.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// n = rows columns, both multiples of a register: the columns, whose results are turned, and then
/// the rows of these results. W. M. Gentleman and G. Sande, "Fast Fourier transforms: for fun and
/// profit", 1966. As many columns or rows as a register has lanes lie side by side in the second
/// cache.
template <class T>
class Long {
 public:
  static constexpr std::int64_t width = wide<T>;

  /// The rows for n numbers; 0 where the signal is short, or n no such product.
  static std::int64_t rows_of(std::int64_t n) {
    constexpr std::int64_t second_cache = 512 * 1024;
    if (4 * n * std::int64_t(sizeof(T)) <= second_cache || !Passes<T>::can(n)) return 0;
    std::int64_t rows = 0;
    for (std::int64_t i = width; i * i <= n; i += width)
      if (n % i == 0 && n / i % width == 0) rows = i;
    return rows;
  }

  Long(std::int64_t n, std::int64_t rows)
      : rows_(rows),
        columns_(n / rows),
        down_(rows_),
        along_(columns_),
        coarse_(roots<T>(n / width, n / width)),
        fine_(rows_ * width) {
    for (std::int64_t k = 0; k < rows_; ++k) {
      for (std::int64_t c = 0; c < width; ++c) {
        const auto at = std::size_t(k * width + c);
        std::tie(fine_.re[at], fine_.im[at]) = root<T>(k * c, n);
      }
    }
  }

  std::int64_t numbers() const {
    return down_.numbers() + along_.numbers() + coarse_.numbers() + fine_.numbers();
  }
  std::int64_t scratch() const { return Room<T>::of(rows_ * columns_); }

  template <class From, class To>
  void run(const From& from, const To& to, Room<T> room) const {
    // Number k of column j at (k / width columns + j) width + k % width.
    const Split<T> middle = room.take(rows_ * columns_);
    in_blocks(columns_ / width, down_, [=, this](std::int64_t block, Room<T> mine) {
      const Split<T> column = mine.take(rows_ * width);
      down_.run(from + block * width, columns_, column, width, mine, width);
      for (std::int64_t k = 0; k < rows_; k += width) {
        const std::int64_t at = k * columns_ + block * width * width;
        turn_over_block(column + k * width, k, block, middle + at);
      }
    });
    in_blocks(rows_ / width, along_, [=, this](std::int64_t block, Room<T> mine) {
      along_.run(middle + block * columns_ * width, width, to + block * width, rows_, mine, width);
    });
  }

 private:
  // f(block, room) for all blocks, several at a time.
  template <class F>
  static void in_blocks(std::int64_t blocks, const Passes<T>& plan, const F& f) {
    const std::int64_t numbers = Room<T>::of(plan.length() * width) + plan.scratch(width);
    parallel_for(blocks, grain_of(16 * plan.length() * width),
                 [&f, numbers](std::int64_t begin, std::int64_t end) {
                   Scratch memory(std::size_t(numbers) * sizeof(T));
                   for (std::int64_t block = begin; block < end; ++block)
                     f(block, Room<T>{reinterpret_cast<T*>(memory.memory())});
                 });
  }

  // Bins k and up of the block's columns, times the roots of their place, as columns of bins.
  [[gnu::flatten]] void turn_over_block(const Split<T>& from, std::int64_t k, std::int64_t block,
                                        const Split<T>& to) const {
    using V = Register<T>;
    V re[width], im[width];
    for (std::int64_t i = 0; i < width; ++i) {
      const auto bin = std::size_t(k + i), near = bin * std::size_t(block);
      V wr = get<V>(&fine_.re[bin * std::size_t(width)]);
      V wi = get<V>(&fine_.im[bin * std::size_t(width)]);
      turn<T, V>(wr, wi, all<T, V>(coarse_.re[near]), all<T, V>(coarse_.im[near]));
      from.load(i * width, re[i], im[i]);
      turn<T, V>(re[i], im[i], wr, wi);
    }
    turn_over<T>(re);
    turn_over<T>(im);
    for (std::int64_t i = 0; i < width; ++i) to.store(i * width, re[i], im[i]);
  }

  std::int64_t rows_, columns_;
  Passes<T> down_, along_;
  // exp(-2 pi i j k / n) of block and bin, and of the places within a block.
  Parts<T> coarse_, fine_;
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
