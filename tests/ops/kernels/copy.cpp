// Copies and fills against plain loops: random shapes and strides, any number of threads.

#include <atomic>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>

#include "ops/kernels/arrays.hpp"

namespace arrays {

TEST_CASE("parallel_for covers every item once, also inside itself") {
  for (std::int64_t count : {0, 1, 2, 3, 63, 64, 1000, 2048, 5000}) {
    for (std::int64_t grain : {1, 10, 10000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      kernels::parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          kernels::parallel_for(3, 1, [&](std::int64_t first, std::int64_t last) {
            seen[std::size_t(i)] += int(last - first);
          });
        }
      });
      CAPTURE(count, grain);
      CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& n) { return n == 3; }));
    }
  }
}

TEST_CASE("copy converts and broadcasts any layout") {
  for (int round = 0; round < 600; ++round) {
    const Shape shape = random_shape();
    const Dtype from = dtypes[random_int(0, 3)], to = dtypes[random_int(0, 3)];
    Block x(random_int(0, 1) ? shape : narrower(shape), from, Layout::repeating);
    x.randomize();
    Block y(shape, to, random_int(0, 2) ? Layout::any : Layout::dense);
    kernels::copy(x, y);
    CAPTURE(round, shape.str(), x.shape().str(), name_of(from), name_of(to));
    REQUIRE(wrong(y, [&](std::int64_t i) {
              return converted(x.get(source_of(i, shape, x.shape())), to);
            }) == 0);
  }
}

TEST_CASE("copy converts what int64 cannot hold to 0, and NaN to true") {
  const std::vector<double> values = {nan, inf, -inf, 1e300, -1e300, 9.3e18, -2.7, 2.7, -0.0};
  for (Dtype from : {float32, float64}) {
    Block x({std::int64_t(values.size())}, from), n(x.shape(), int64), b(x.shape(), boolean);
    for (std::size_t i = 0; i < values.size(); ++i) x.set(std::int64_t(i), values[i]);
    kernels::copy(x, n);
    kernels::copy(x, b);
    const std::vector<double> ints = {0, 0, 0, 0, 0, 0, -2, 2, 0};
    CHECK(wrong(n, [&](std::int64_t i) { return ints[std::size_t(i)]; }) == 0);
    CHECK(wrong(b, [&](std::int64_t i) { return double(i < 8); }) == 0);
  }
}

TEST_CASE("fill and accumulate") {
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = dtypes[random_int(0, 3)];
    Block y(shape, dtype, Layout::any), x(narrower(shape), dtype, Layout::repeating);
    kernels::fill(y, 2.5);
    CAPTURE(round, shape.str(), x.shape().str(), name_of(dtype));
    REQUIRE(wrong(y, [&](std::int64_t) { return converted(2.5, dtype); }) == 0);
    x.randomize();
    kernels::accumulate(x, y);
    REQUIRE(wrong(y, [&](std::int64_t i) {
              const double term = x.get(source_of(i, shape, x.shape()));
              return converted(converted(2.5, dtype) + term, dtype);
            }) == 0);
  }
}

TEST_CASE("large copies are the same for any number of threads") {
  Block x({300, 1001}, float32), t({1001, 300}, float64);
  x.randomize();
  const Strides transposed = {1, 1001};
  const Array view{x.place(0), t.shape(), transposed, float32};
  CHECK(same_for_threads(t, [&] { kernels::copy(view, t); }));
  CHECK(wrong(t, [&](std::int64_t i) { return x.get(i % 300 * 1001 + i / 300); }) == 0);
}

TEST_CASE("copies of transposed matrices, around the sizes of tiles and blocks") {
  for (Dtype dtype : {float32, int64, boolean}) {
    for (const Shape& shape :
         {Shape{15, 16}, Shape{17, 33}, Shape{300, 140}, Shape{2, 31, 3, 18}, Shape{1, 64, 5}}) {
      const int rank = shape.rank(), last = rank - 1;
      // The last axis and one other change places.
      for (int other = 0; other < last; ++other) {
        Shape swapped = shape;
        std::swap(swapped[other], swapped[last]);
        Block from(swapped, dtype), to(shape, dtype);
        from.randomize();
        Strides steps = contiguous_strides(swapped);
        std::swap(steps[other], steps[last]);
        const Array seen{Array(from).memory, shape, steps, dtype};
        CAPTURE(name_of(dtype), shape.str(), other);
        REQUIRE(same_for_threads(to, [&] { kernels::copy(seen, to); }));
        const auto wanted = [&](std::int64_t i) {
          std::int64_t offset = 0, rest = i;
          for (int k = last; k >= 0; --k) {
            offset += rest % shape[k] * steps[k];
            rest /= shape[k];
          }
          return from.get(offset);
        };
        REQUIRE(wrong(to, wanted, [](std::int64_t) { return 0; }) == 0);
      }
    }
  }
}

TEST_CASE("a transposed copy larger than the caches") {
  const std::int64_t rows = 3008, columns = 3000;  // 36 MB, written past them
  const Tensor x = arange(double(rows * columns), float32);
  const Shape shape{columns, rows};
  const Strides steps{1, columns};
  const Tensor y = empty(shape);
  kernels::copy({x.data<float>(), shape, steps, float32}, y);
  std::int64_t bad = 0;
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r)
      bad += y.data<float>()[c * rows + r] != x.data<float>()[r * columns + c];
  CHECK(bad == 0);
}

}  // namespace arrays
