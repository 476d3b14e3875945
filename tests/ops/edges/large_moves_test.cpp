// Scans, orders, rows and copies of sizes at which kernels go other ways: several blocks, several
// threads, a sample first, results that no cache holds.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

// Calls f for 1, 2 and 3 threads.
template <class F>
void with_threads(const F& f) {
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    CAPTURE(threads);
    f();
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
}

template <class T>
std::vector<T> along(const std::vector<T>& x, std::size_t size, std::size_t inner, bool reverse) {
  std::vector<T> y(x.size());
  for (std::size_t line = 0; line < x.size() / size; ++line) {
    const std::size_t start = line / inner * size * inner + line % inner;
    T sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t at = start + (reverse ? size - 1 - i : i) * inner;
      y[at] = sum += x[at];
    }
  }
  return y;
}

std::vector<long double> wide(const Tensor& x) {
  const auto values = to(x, float64).to_vector<double>();
  return {values.begin(), values.end()};
}

// What cumsum, and its gradient, which runs backwards, are off by in units of their dtype.
void check_cumsum(const Tensor& terms, int axis) {
  std::size_t inner = 1;
  for (int i = axis + 1; i < terms.rank(); ++i) inner *= std::size_t(terms.shape()[i]);
  const auto size = std::size_t(terms.shape()[axis]);
  const double unit = terms.dtype() == float32 ? 0x1p-24 : 0x1p-53;
  for (const bool reverse : {false, true}) {
    CAPTURE(terms.shape().str(), axis, name_of(terms.dtype()), reverse);
    const auto expected = along(wide(terms), size, inner, reverse);
    std::vector<double> bits;
    with_threads([&] {
      Tensor y;
      if (reverse) {
        Tensor x = zeros(terms.shape(), terms.dtype()).requires_grad_();
        cumsum(x, axis).backward(terms);
        y = x.grad();
      } else {
        y = cumsum(terms, axis);
      }
      const auto values = to(y, float64).to_vector<double>();
      CHECK((bits.empty() || bits == values));
      bits = values;
      double worst = 0;
      for (std::size_t i = 0; i < values.size(); ++i)
        worst = std::max(worst,
                         double(std::fabs(values[i] - expected[i])) / (unit * double(expected[i])));
      // A float32 is rounded once. Of float64 only 64 are added without what rounding takes.
      CHECK(worst < (terms.dtype() == float32 ? 1.01 : 16));
    });
  }
}

}  // namespace

TEST_CASE("cumsum of any length, forwards and backwards, with the same bits on any threads") {
  manual_seed(1);
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t n : {1, 7, 64, 255, 257, 1000, 16384, 16385, 40007, 300001})
      check_cumsum(to(rand({n}) + 0.1f, dtype), 0);
    for (const std::int64_t n : {15, 64, 700}) check_cumsum(to(rand({9, n}) + 0.1f, dtype), 1);
    for (const std::int64_t n : {2, 64, 129, 400})
      check_cumsum(to(rand({3, 70, n}) + 0.1f, dtype), 1);
  }
  // Written with streaming stores, and from where it is not aligned.
  const Tensor many = rand({4300001}) + 0.1f;
  check_cumsum(many, 0);
  check_cumsum(slice(many, 0, 1, 4300001), 0);
}

TEST_CASE("cumsum: what is not finite is in no element before it, and a sum is rounded once") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const std::int64_t n = 1100;
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t at : {0, 3, 17, 63, 64, 700, 1023, 1024, 1090, 1099}) {
      CAPTURE(name_of(dtype), at);
      std::vector<double> terms(n, 1);
      terms[std::size_t(at)] = inf;
      const auto sums =
          to(cumsum(to(from_data(terms, {n}), dtype), 0), float64).to_vector<double>();
      for (std::int64_t i = 0; i < n; ++i)
        CHECK(sums[std::size_t(i)] == (i < at ? double(i + 1) : inf));
      if (at + 2 >= n) continue;
      terms[std::size_t(at)] = 1e15;  // takes what float32 has of the ones, and gives it back
      terms[std::size_t(at + 1)] = -1e15;
      const auto back =
          to(cumsum(to(from_data(terms, {n}), dtype), 0), float64).to_vector<double>();
      const double large = dtype == float32 ? double(float(1e15)) : 1e15;
      CHECK(back[std::size_t(at)] ==
            (dtype == float32 ? double(float(large + double(at))) : large + double(at)));
      for (std::int64_t i = at + 1; i < n; ++i) CHECK(back[std::size_t(i)] == double(i - 1));
    }
  }
}

TEST_CASE("cumsum of whole numbers counts modulo 2^64, and keeps infinities and NaN behind them") {
  manual_seed(2);
  const Tensor x = randint(-1000, 1000, {3, 50000});
  const auto values = x.to_vector<std::int64_t>();
  CHECK(cumsum(x, 1).to_vector<std::int64_t>() == along(values, 50000, 1, false));
  CHECK(cumsum(x, 0).to_vector<std::int64_t>() == along(values, 3, 50000, false));
  for (const Dtype dtype : {float32, float64}) {
    const Tensor y = ones({40000}, dtype);
    fill_(select(y, 0, 20000), INFINITY);
    fill_(select(y, 0, 30000), -INFINITY);
    const auto sums = to(cumsum(y, 0), float64).to_vector<double>();
    for (std::size_t i = 0; i < 20000; ++i) REQUIRE(sums[i] == double(i + 1));
    for (std::size_t i = 20000; i < 30000; ++i) REQUIRE(sums[i] == INFINITY);
    for (std::size_t i = 30000; i < 40000; ++i) REQUIRE(std::isnan(sums[i]));
  }
}

namespace {

// Rows in which a sample says little, or the wrong thing.
std::vector<std::pair<const char*, Tensor>> rows_to_select(std::int64_t n, Dtype dtype) {
  const Tensor drawn = dtype == int64 ? randint(-1000000, 1000000, {n}) : randn({n}, dtype);
  Tensor few = to(randint(-2, 3, {n}), dtype), odd = clone(drawn), steep = clone(drawn);
  if (dtype != int64) {
    // Zeros of both signs, infinities and NaN among few others.
    few = few * -1.0;
    const Tensor draws = rand({n});
    odd = where(draws < 0.3, full({n}, NAN, dtype), odd);
    odd = where(draws > 0.7, full({n}, -INFINITY, dtype), odd);
  }
  // The smallest are where no sample of one in ten would find them.
  for (std::int64_t i = 0; i < 64; ++i)
    fill_(select(steep, 0, (i * 7919) % n), dtype == int64 ? -2000000 - i : -100 - i);
  Tensor hidden = clone(drawn);  // a NaN that no sample finds
  if (dtype != int64) fill_(select(hidden, 0, n - 2), NAN);
  return {{"drawn", drawn},
          {"hidden", hidden},
          {"rising", sort(drawn, 0).values},
          {"falling", sort(drawn, 0, true).values},
          {"equal", full({n}, 3, dtype)},
          {"few", few},
          {"odd", odd},
          {"steep", steep}};
}

}  // namespace

TEST_CASE("parts of the order of long rows are those of the sorted row") {
  manual_seed(3);
  for (const Dtype dtype : {float32, float64, int64}) {
    for (const std::int64_t n : {8193, 150000}) {
      for (const auto& row : rows_to_select(n, dtype)) {
        const Tensor x = row.second;
        CAPTURE(row.first, n, name_of(dtype));
        const auto rising = argsort(x, 0).to_vector<std::int64_t>();
        const auto falling = argsort(x, 0, true).to_vector<std::int64_t>();
        const auto begins = [](const std::vector<std::int64_t>& order, const Tensor& part) {
          const std::int64_t* first = part.data<std::int64_t>();
          return std::memcmp(order.data(), first, std::size_t(part.numel()) * sizeof *first) == 0;
        };
        const bool with_nan = dtype != int64 && any(isnan(x)).item() != 0;
        for (const std::int64_t k : {std::int64_t(1), std::int64_t(100), n / 3, n - 1, n}) {
          CAPTURE(k);
          with_threads([&] {
            const Tensor largest = topk(x, k, 0).indices;
            const Tensor smallest = topk(x, k, 0, {.largest = false}).indices;
            REQUIRE((largest.numel() == k && smallest.numel() == k));
            CHECK(begins(falling, largest));
            CHECK(begins(rising, smallest));
            CHECK(kthvalue(x, k, 0).indices.item() == double(rising[std::size_t(k - 1)]));
          });
        }
        if (dtype == int64) continue;
        const Tensor sorted = sort(x, 0).values;
        const auto value = to(sorted, float64).to_vector<double>();
        const auto numbers = std::size_t(n - sum(to(isnan(x), int64)).to_vector<std::int64_t>()[0]);
        const auto in = to(x, float64).to_vector<double>();
        const auto first_nan = std::find_if(in.begin(), in.end(), [](double v) { return v != v; });
        const std::int64_t middle = median_with_indices(x, 0).indices.to_vector<std::int64_t>()[0];
        CHECK(middle == (with_nan ? first_nan - in.begin() : rising[std::size_t(n - 1) / 2]));
        for (const double q : {0.0, 0.001, 0.3, 0.5, 0.9999, 1.0}) {
          CAPTURE(q);
          const double place = q * double(numbers - 1);
          const auto first = std::size_t(place);
          const double rest = place - double(first);
          const double low = value[first], high = rest > 0 ? value[first + 1] : low;
          const double expected = low == high ? low : low + rest * (high - low);
          with_threads([&] {
            const double got = to(nanquantile(x, q), float64).item();
            CHECK((got == expected ||
                   std::fabs(got - expected) <= 1e-6 * std::max(std::fabs(low), std::fabs(high))));
            const double of_all = to(quantile(x, q), float64).item();
            CHECK((with_nan ? std::isnan(of_all) : of_all == got));
          });
        }
      }
    }
  }
}

TEST_CASE("rows gathered into a result that no cache holds") {
  manual_seed(4);
  for (const std::int64_t width : {15, 16, 48}) {
    const std::int64_t count = (std::int64_t{17} << 20) / (4 * width);
    const Tensor table = randn({50000, width}), ids = randint(0, 50000, {count});
    const auto id = ids.to_vector<std::int64_t>();
    with_threads([&] {
      const Tensor y = index_select(table, 0, ids);
      const float *from = table.data<float>(), *got = y.data<float>();
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < count * width; ++i)
        wrong += got[i] != from[id[std::size_t(i / width)] * width + i % width];
      CHECK(wrong == 0);
    });
  }
  // The error names the first of several ids that are out of range, in whichever thread's part.
  Tensor ids = zeros({600000}, int64);
  fill_(select(ids, 0, 599999), 7);
  fill_(select(ids, 0, 300001), -1);
  CHECK_THROWS_WITH(index_select(zeros({7, 1}), 0, ids),
                    ContainsSubstring("index -1 at position (300001"));
}

TEST_CASE("flips and padding of what no cache holds") {
  manual_seed(5);
  const std::int64_t rows = 1030, columns = 4099;
  for (const Dtype dtype : {float32, float64}) {
    const Tensor x = randn({rows, columns}, dtype);
    const auto in = to(x, float64).to_vector<double>();
    const auto wrong = [&](const Tensor& y, const auto& source) {
      const auto out = to(y, float64).to_vector<double>();
      const std::int64_t width = y.shape()[1];
      std::int64_t count = 0;
      for (std::int64_t i = 0; i < y.numel(); ++i)
        count += out[std::size_t(i)] != source(i / width, i % width);
      return count;
    };
    const auto at = [&](std::int64_t i, std::int64_t j) {
      return in[std::size_t(i * columns + j)];
    };
    with_threads([&] {
      CHECK(wrong(contiguous(flip(x)), [&](std::int64_t i, std::int64_t j) {
              return at(rows - 1 - i, columns - 1 - j);
            }) == 0);
      CHECK(wrong(contiguous(flip(x, 1)),
                  [&](std::int64_t i, std::int64_t j) { return at(i, columns - 1 - j); }) == 0);
      CHECK(wrong(pad(x, {3, 5, 1, 2}, {.value = 9}), [&](std::int64_t i, std::int64_t j) {
              const bool inside = i >= 1 && i < rows + 1 && j >= 3 && j < columns + 3;
              return inside ? at(i - 1, j - 3) : 9;
            }) == 0);
    });
  }
}

TEST_CASE("rows put into a table, of two for one place the later, and their gradients") {
  manual_seed(9);
  struct Case {
    std::int64_t rows, width, n;
  };
  for (const Case& c : {Case{40000, 16, 30000},
                        {3000, 100, 20000},
                        {900, 65, 20000},
                        {5, 300, 5000},
                        {2000000, 1, 9000},
                        {50, 3, 7}}) {
    const std::int64_t rows = c.rows, width = c.width, n = c.n;
    CAPTURE(rows, width, n);
    const Tensor table = rand({rows, width}), x = rand({n, width}), ids = randint(0, rows, {n});
    const auto id = ids.to_vector<std::int64_t>();
    const auto from = x.to_vector<float>();
    auto expected = table.to_vector<float>();
    std::vector<float> share(from.size(), 0), largest(std::size_t(rows * width), -INFINITY);
    std::vector<std::int64_t> last(std::size_t(rows), -1);
    const auto at = [&](std::int64_t row, std::int64_t k) { return std::size_t(row * width + k); };
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t row = id[std::size_t(i)];
      last[std::size_t(row)] = i;
      for (std::int64_t k = 0; k < width; ++k) {
        expected[at(row, k)] = from[at(i, k)];
        largest[at(row, k)] = std::max(largest[at(row, k)], from[at(i, k)]);
      }
    }
    for (const std::int64_t i : last)
      for (std::int64_t k = 0; k < width && i >= 0; ++k) share[at(i, k)] = 1;
    with_threads([&] {
      const Tensor given = clone(x).requires_grad_(), y = index_put(table, {ids}, given);
      CHECK((y.to_vector<float>() == expected));
      sum(y).backward();
      CHECK((given.grad().to_vector<float>() == share));
      CHECK((segment_max(x, ids, rows).to_vector<float>() == largest));
    });
    const Tensor bits = gt(x, 0.5), wide = zeros({rows, width}, boolean);
    index_put_(wide, {ids}, bits);
    CHECK(all(eq(wide, logical_and(gt(from_data(expected, {rows, width}), 0.5),
                                   reshape(ge(from_data(last, {rows}), 0), {rows, 1}))))
              .item() == 1);
  }
}

TEST_CASE("largest elements of bags, wherever their rows lie") {
  manual_seed(10);
  const std::int64_t rows = 3000, bags = 400, padding = 7;
  for (const std::int64_t width : {1, 64, 300}) {
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(width, name_of(dtype));
      const Tensor table = to(randn({rows, width}), dtype), ids = randint(0, rows, {bags, 9});
      fill_(select(table, 0, 11), NAN);
      const Tensor taken = reshape(index_select(table, 0, reshape(ids, {-1})), {bags, 9, width});
      const Tensor counts = reshape(ne(ids, padding), {bags, 9, 1});
      const Tensor expected = amax(where(counts, taken, -INFINITY), {1});
      with_threads([&] {
        const Tensor largest =
            embedding_bag(table, ids, {}, {.mode = BagMode::max, .padding_idx = padding});
        const auto without_nan = [](const Tensor& y) {
          return to(where(isnan(y), 99, y), float64).to_vector<double>();
        };
        CHECK((without_nan(largest) == without_nan(expected)));
      });
    }
  }
}
