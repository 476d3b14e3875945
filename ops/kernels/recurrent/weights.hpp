#pragma once
// Gradients of weights: sums over all rows of steps, of what came in times the gates' gradients.
// Only for *_simd.cpp files.

#include <cinta/ops/kernels/recurrent/steps.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>

namespace cinta::kernels {

/// What came in, all rows of steps, in strips of columns as tall as a tile of its transposed
/// matrix: arranged once for the products with all gates. A few rows are one strip.
template <class T>
class Strips {
 public:
  Strips(int64_t rows, int64_t columns)
      : rows_(rows),
        columns_(columns),
        tall_(rows < tile_rows ? std::max<int64_t>(columns, 1) : tile_rows),
        memory_(std::size_t(rows * columns) * sizeof(T)) {}

  /// A row, or zeros if it is null.
  void put(int64_t row, const T* from) {
    for (int64_t i = 0; i < columns_; i += tall_) {
      const int64_t high = height(i);
      T* const to = strip(i) + row * high;
      for_vectors<T>(high, [=](int64_t k, int64_t m) {
        kernels::put(from ? get(from + i + k, m) : Batch<T>(0), to + k, m);
      });
    }
  }

  /// y (units, columns), dense, = the transposed slopes (rows, units), whose rows lie `wide` apart
  /// and of which `wide` may be read, times what came in.
  void multiply(const T* slopes, int64_t wide, int64_t units, T* y) {
    if (rows_ < tile_rows) {
      multiply_tiled(Product<T>{units, columns_, rows_, slopes, 1, wide, strip(0), columns_, 1, y,
                                columns_, false});
      return;
    }
    Scratch memory(std::size_t(columns_ * wide) * sizeof(T));
    T* const turned = reinterpret_cast<T*>(memory.memory());
    // Rows of slopes that stay in the second cache while all strips come by.
    constexpr int64_t chunk = 2048;
    for (int64_t row = 0; row < rows_; row += chunk) {
      for (int64_t i = 0; i < columns_; i += tall_) {
        const int64_t m = height(i);
        multiply_tiled(Product<T>{m, wide, std::min(chunk, rows_ - row), strip(i) + row * m, 1, m,
                                  slopes + row * wide, wide, 1, turned + i * wide, wide, row > 0});
      }
    }
    const Shape shape{units, columns_};
    const Strides from{1, wide}, dense{columns_, 1};
    copy({turned, shape, from, dtype_of<T>}, {y, shape, dense, dtype_of<T>});
  }

 private:
  int64_t height(int64_t i) const { return std::min(tall_, columns_ - i); }
  T* strip(int64_t i) { return reinterpret_cast<T*>(memory_.memory()) + i * rows_; }

  int64_t rows_, columns_, tall_;
  Scratch memory_;
};

/// The gradient of biases: sums over `rows` of the gradients of `gates` gates, which lie `part`
/// elements apart, into places `hidden` apart.
template <class T>
void bias_gradient(int64_t rows, int64_t gates, const T* slopes, int64_t part, int64_t wide,
                   int64_t units, int64_t hidden, T* to) {
  const Shape all{gates, rows, units}, sums{gates, 1, units};
  const Strides from{part, wide, 1}, places{hidden, 0, 1};
  reduce(Reduce::sum, {const_cast<T*>(slopes), all, from, dtype_of<T>},
         {to, sums, places, dtype_of<T>});
}

}  // namespace cinta::kernels
