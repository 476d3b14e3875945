#pragma once
// What the tests of the kernels share: arrays of any layout, and plain loops to compare with.

#include <algorithm>
#include <bit>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch_compat.hpp"
#include "support/source_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace arrays {

using namespace cinta;
using kernels::Function;
using kernels::Reduce;

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr Dtype dtypes[] = {boolean, int64, float32, float64};

inline std::mt19937_64 generator(20240611);

inline std::int64_t random_int(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
}
inline double random_real(double low = -3, double high = 3) {
  return std::uniform_real_distribution<double>(low, high)(generator);
}

inline double epsilon_of(Dtype dtype) {
  return dtype == float32 ? std::numeric_limits<float>::epsilon()
                          : std::numeric_limits<double>::epsilon();
}

enum class Layout { dense, any, repeating };

// Memory with an array of any strides inside. What lies between the elements is filled with 0xff:
// NaN for floats. `repeating` may use stride 0, which only inputs can have.
class Block {
 public:
  Block(const Shape& shape, Dtype dtype, Layout layout = Layout::dense)
      : shape_(shape), strides_(Strides::filled(shape.rank())), dtype_(dtype) {
    std::vector<int> order(std::size_t(shape.rank()));
    for (int i = 0; i < shape.rank(); ++i) order[std::size_t(i)] = shape.rank() - 1 - i;
    if (layout != Layout::dense && random_int(0, 1))
      std::shuffle(order.begin(), order.end(), generator);
    std::int64_t extent = 1, first = 0;
    for (int axis : order) {
      const bool free = layout != Layout::dense && random_int(0, 2) == 0;
      if (layout == Layout::repeating && random_int(0, 4) == 0) continue;  // stride 0
      const std::int64_t step = extent + (free ? random_int(0, 3) : 0);
      const bool reversed = free && random_int(0, 1);
      const std::int64_t size = std::max<std::int64_t>(shape[axis], 1);
      strides_[axis] = reversed ? -step : step;
      if (reversed) first += step * (size - 1);
      extent = step * size;
    }
    const std::size_t unit = size_of(dtype);
    bytes_.assign(std::size_t(extent + 2) * unit, 0xff);
    first_ = bytes_.data() + std::size_t(first + 1) * unit;
    dense_ = Array(*this).is_contiguous();
  }
  Block(const Block&) = delete;

  const Shape& shape() const { return shape_; }
  std::int64_t numel() const { return shape_.numel(); }
  operator Array() const { return {first_, shape_, strides_, dtype_}; }
  std::vector<unsigned char> bytes() const { return bytes_; }

  unsigned char* place(std::int64_t flat) const {
    std::int64_t offset = dense_ ? flat : 0;  // without divisions, most of what these tests take
    for (int i = shape_.rank() - 1; i >= 0 && !dense_; --i) {
      if (shape_[i] == 0) return first_;
      offset += flat % shape_[i] * strides_[i];
      flat /= shape_[i];
    }
    return first_ + offset * std::int64_t(size_of(dtype_));
  }
  double get(std::int64_t flat) const {
    return dispatch(dtype_, [&]<class T>() { return double(*reinterpret_cast<T*>(place(flat))); });
  }
  void set(std::int64_t flat, double value) {
    dispatch(dtype_, [&]<class T>() { *reinterpret_cast<T*>(place(flat)) = T(value); });
  }
  // Values of the dtype: bools, small integers, or reals that float32 holds.
  Block& randomize(double low = -3, double high = 3) {
    for (std::int64_t i = 0; i < numel(); ++i) {
      const double value = random_real(low, high);
      set(i, dtype_ == boolean ? random_int(0, 1)
             : dtype_ == int64 ? std::floor(value * 10)
                               : double(float(value)));
    }
    return *this;
  }
  // Whether the bytes around the elements are as they were.
  bool gaps_untouched() const {
    std::vector<unsigned char> rest = bytes_;
    for (std::int64_t i = 0; i < numel(); ++i)
      std::fill_n(&rest[std::size_t(place(i) - bytes_.data())], size_of(dtype_), 0xff);
    return std::all_of(rest.begin(), rest.end(), [](unsigned char b) { return b == 0xff; });
  }

 private:
  Shape shape_;
  Strides strides_;
  Dtype dtype_;
  std::vector<unsigned char> bytes_;
  unsigned char* first_;
  bool dense_ = false;
};

inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Number of elements that are not wanted(i), or differ from it by more than allowed(i).
template <class Wanted, class Allowed>
std::int64_t wrong(const Block& y, const Wanted& wanted, const Allowed& allowed) {
  std::int64_t count = y.gaps_untouched() ? 0 : 1'000'000;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const double a = y.get(i), b = wanted(i);
    if (same(a, b) || std::fabs(a - b) <= allowed(i)) continue;
    if (count++ == 0) UNSCOPED_INFO("element " << i << ": " << a << " instead of " << b);
  }
  return count;
}
template <class Wanted>
std::int64_t wrong(const Block& y, const Wanted& wanted) {
  return wrong(y, wanted, [](std::int64_t) { return 0.0; });
}

// Of rank 0 to 8, with about `numel` elements at most; sometimes with none.
inline Shape random_shape(std::int64_t room = 3000) {
  const int rank = int(random_int(0, 8));
  Shape shape = Shape::filled(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const std::int64_t most = random_int(0, 5) == 0 ? room : std::min<std::int64_t>(room, 5);
    shape[i] = random_int(1, most);
    room /= shape[i];
    if (random_int(0, 40) == 0) shape[i] = 0;
  }
  for (int i = rank - 1; i > 0; --i) std::swap(shape[i], shape[int(random_int(0, i))]);
  return shape;
}

// A shape that broadcasts to the given one.
inline Shape narrower(const Shape& shape, bool drop = true) {
  const int dropped = drop ? int(random_int(0, shape.rank())) / 2 : 0;
  Shape result = Shape::filled(shape.rank() - dropped);
  for (int i = 0; i < result.rank(); ++i)
    result[i] = random_int(0, 2) == 0 ? 1 : shape[i + dropped];
  return result;
}

// Sizes around those at which the elementwise kernels change their way.
inline const std::vector<std::int64_t> map_sizes = {
    0,  1,  2,  3,   4,   5,   7,   8,   9,    15,   16,   17,    31,    32,    33,
    63, 64, 65, 255, 256, 257, 511, 513, 8191, 8192, 8193, 32767, 32768, 32769, 70001};

// Runs `work` with 1, 2 and 3 threads, or once if there is no OpenMP; true if `result` has the same
// bytes each time.
template <class Work>
bool same_for_threads(const Block& result, const Work& work) {
  if (!omp_set_num_threads) {
    work();
    return true;
  }
  std::vector<std::vector<unsigned char>> bytes;
  for (int threads : {1, 2, 3}) {
    omp_set_num_threads(threads);
    work();
    bytes.push_back(result.bytes());
  }
  omp_set_num_threads(2);
  return bytes[0] == bytes[1] && bytes[0] == bytes[2];
}

// What a conversion to another dtype gives.
inline double converted(double value, Dtype to) {
  if (to == boolean) return value != 0;
  if (to == int64) return std::fabs(value) < 9.2e18 ? std::trunc(value) : 0;
  return to == float32 ? double(float(value)) : value;
}

}  // namespace arrays
