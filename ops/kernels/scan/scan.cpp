#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/scan/scan.hpp>
#include <cinta/ops/kernels/scan/scan_block.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <limits>
#include <type_traits>

namespace cinta::kernels {
namespace {

// An axis of a dense array, with the axes before and behind it as one each.
struct Line {
  std::int64_t outer = 1, size = 1, inner = 1;

  Line(const Shape& shape, int axis) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
    size = shape[axis];
  }
};

// Columns that are scanned side by side.
constexpr std::int64_t tile = 64;

// y[k] = step(state, k-th elements of the inputs, place) along each line; every line begins with
// its own copy of `first`. A place is a row-major number.
template <class State, class Step>
void scan(const Line& line, bool reverse, const State& first, const Step& step) {
  if (line.inner == 1) {  // one state, which stays in registers
    return parallel_for(line.outer, grain_of(line.size), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        State state = first;
        for (std::int64_t i = 0; i < line.size; ++i) {
          const std::int64_t k = reverse ? line.size - 1 - i : i;
          step(state, k, row * line.size + k);
        }
      }
    });
  }
  const std::int64_t tiles = (line.inner + tile - 1) / tile;
  const std::int64_t width = std::min(line.inner, tile);
  parallel_for(line.outer * tiles, grain_of(line.size * width),
               [=](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t unit = begin; unit < end; ++unit) {
                   const std::int64_t column = unit % tiles * tile;
                   const std::int64_t count = std::min(tile, line.inner - column);
                   const std::int64_t start = unit / tiles * line.size * line.inner + column;
                   State states[tile];
                   std::fill_n(states, count, first);
                   for (std::int64_t i = 0; i < line.size; ++i) {
                     const std::int64_t k = reverse ? line.size - 1 - i : i;
                     for (std::int64_t c = 0; c < count; ++c)
                       step(states[c], k, start + k * line.inner + c);
                   }
                 }
               });
}

// A running sum in a wider type: of float32 a double, of float64 with what rounding took.
template <class T>
struct RunningSum {
  double sum = 0, error = 0;

  void add(double x) {
    if constexpr (std::is_same_v<T, double>)
      add_compensated(sum, error, x);
    else
      sum += x;
  }
  double value() const { return std::is_same_v<T, double> ? compensated(sum, error) : sum; }
};

// Long lines whose elements follow each other: blocks of one size, which threads share out some at
// a time while these are in a cache. With a step of -1 all run backwards.
constexpr std::int64_t block = 16 * 1024, blocks_at_once = 16;

double block_sum(const float* x, std::int64_t n, std::int64_t step) {
  double sum = 0;
  scan_block({x, n, step < 0, 0, nullptr, false}, sum);
  return sum;
}
double block_sum(const double* x, std::int64_t n, std::int64_t step) {
  if (step < 0) x -= n - 1;
  double sums[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; ++k) sums[k] += x[i + k];
  for (int k = 0; i < n; ++i, ++k) sums[k] += x[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

// y[i] = before + x[0] + ... + x[i]. Returns the block's sum, the same bits as block_sum().
double sums_of_block(const float* x, std::int64_t n, std::int64_t step, double before, float* y,
                     bool streaming) {
  double sum = 0;
  scan_block({x, n, step < 0, before, y, streaming}, sum);
  return sum;
}
// Four parts are added side by side.
void sums_of_block(const double* x, std::int64_t n, std::int64_t step, RunningSum<double> before,
                   double* y) {
  constexpr std::int64_t part = 64;
  std::int64_t i = 0;
  for (; i + 4 * part <= n; i += 4 * part) {
    double sums[4] = {}, within[4][part];
    for (std::int64_t k = 0; k < part; ++k) {
      for (std::int64_t p = 0; p < 4; ++p) {
        sums[p] += x[(i + p * part + k) * step];
        within[p][k] = sums[p];
      }
    }
    for (std::int64_t p = 0; p < 4; ++p) {
      const double from = before.value();
      for (std::int64_t k = 0; k < part; ++k) y[(i + p * part + k) * step] = from + within[p][k];
      before.add(sums[p]);
    }
  }
  for (; i < n; ++i) {
    before.add(x[i * step]);
    y[i * step] = before.value();
  }
}

template <class T>
void scan_row(const T* x, std::int64_t n, std::int64_t step, T* y, bool streaming) {
  RunningSum<T> before;
  if constexpr (std::is_same_v<T, float>) {
    if (thread_count() == 1) {  // a block's sum is there when the next one begins
      for (std::int64_t i = 0; i < n; i += block)
        before.add(sums_of_block(x + i * step, std::min(block, n - i), step, before.value(),
                                 y + i * step, streaming));
      return finish_streaming();
    }
  }
  for (std::int64_t start = 0; start < n; start += block * blocks_at_once) {
    const std::int64_t count = std::min(blocks_at_once, (n - start + block - 1) / block);
    RunningSum<T> sums[blocks_at_once + 1];
    const auto size = [=](std::int64_t b) { return std::min(block, n - start - b * block); };
    RunningSum<T>* const to = sums;
    parallel_for(count, 1, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b)
        to[b + 1].add(block_sum(x + (start + b * block) * step, size(b), step));
    });
    sums[0] = before;
    for (std::int64_t b = 1; b <= count; ++b) {
      const double added = sums[b].value();
      sums[b] = sums[b - 1];
      sums[b].add(added);
    }
    parallel_for(count, 1, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        const std::int64_t at = (start + b * block) * step;
        if constexpr (std::is_same_v<T, float>)
          sums_of_block(x + at, size(b), step, to[b].value(), y + at, streaming);
        else
          sums_of_block(x + at, size(b), step, to[b], y + at);
      }
      finish_streaming();
    });
    before = sums[count];
  }
}

template <class F>
void dispatch_numeric(Dtype dtype, const F& f) {
  if (dtype == int64)
    f.template operator()<std::int64_t>();
  else
    dispatch_floating(dtype, f);
}

}  // namespace

void cumsum(const Array& x, int axis, bool reverse, const Array& y) {
  if (x.numel() == 0) return;
  const Line line(x.shape, axis);
  dispatch_numeric(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    if constexpr (std::is_same_v<T, std::int64_t>) {
      scan(line, reverse, std::uint64_t{0}, [=](std::uint64_t& sum, std::int64_t, std::int64_t i) {
        to[i] = std::int64_t(sum += std::uint64_t(from[i]));
      });
    } else if (line.inner == 1 && line.size >= 16) {  // shorter ones are not worth a call
      const std::int64_t step = reverse ? -1 : 1, first = reverse ? line.size - 1 : 0;
      const bool streaming = y.numel() * std::int64_t(sizeof(T)) >= large_result;
      const auto rows = [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t at = i * line.size + first;
          scan_row(from + at, line.size, step, to + at, streaming);
        }
      };
      // Threads are better off with rows of their own.
      line.outer > 1 ? parallel_for(line.outer, grain_of(line.size), rows) : rows(0, 1);
    } else {
      scan(line, reverse, RunningSum<T>{}, [=](RunningSum<T>& sum, std::int64_t, std::int64_t i) {
        sum.add(double(from[i]));
        to[i] = T(sum.value());
      });
    }
  });
}

void cumprod(const Array& x, int axis, const Array& y) {
  if (x.numel() == 0) return;
  dispatch_numeric(x.dtype, [&]<class T>() {
    using Wide = std::conditional_t<std::is_same_v<T, std::int64_t>, std::uint64_t, double>;
    const T* from = x.data<T>();
    T* to = y.data<T>();
    scan(Line(x.shape, axis), false, Wide(1),
         [=](Wide& product, std::int64_t, std::int64_t i) { to[i] = T(product *= Wide(from[i])); });
  });
}

void cumulative_extremum(bool largest, const Array& x, int axis, const Array& values,
                         const Array& indices) {
  if (x.numel() == 0) return;
  dispatch_numeric(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    std::int64_t* index = indices.data<std::int64_t>();
    struct Best {
      T value;
      std::int64_t place;
    };
    scan(Line(x.shape, axis), false, Best{T(0), -1},
         [=](Best& best, std::int64_t k, std::int64_t i) {
           const T v = from[i];
           const bool is_number = best.value == best.value;
           const bool beats = largest ? v >= best.value : v <= best.value;
           if (best.place < 0 || (is_number && (beats || v != v))) best = {v, k};
           to[i] = best.value;
           index[i] = best.place;
         });
  });
}

void logcumsumexp(const Array& x, int axis, const Array& y) {
  if (x.numel() == 0) return;
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    struct Sum {
      double largest = -std::numeric_limits<double>::infinity(), sum = 0;  // of exp(x - largest)
    };
    scan(Line(x.shape, axis), false, Sum{}, [=](Sum& sum, std::int64_t, std::int64_t i) {
      const double v = double(from[i]);
      if (v > sum.largest || v != v) {
        sum.sum = v == infinity ? 1 : sum.sum * std::exp(sum.largest - v) + 1;
        sum.largest = v;
      } else if (v != -infinity && sum.largest != infinity) {
        sum.sum += std::exp(v - sum.largest);
      }
      to[i] = T(sum.sum > 0 || sum.sum != sum.sum ? sum.largest + std::log(sum.sum) : -infinity);
    });
  });
}

void linear_recurrence(const Array& a, const Array& b, int axis, bool reverse, const Array& y) {
  if (y.numel() == 0) return;
  dispatch_floating(y.dtype, [&]<class T>() {
    const T *factor = a.data<T>(), *term = b.data<T>();
    T* to = y.data<T>();
    struct Last {
      double value = 0;
      bool first = true;
    };
    scan(Line(y.shape, axis), reverse, Last{}, [=](Last& last, std::int64_t, std::int64_t i) {
      const bool cut = last.first || factor[i] == T(0);
      const double before = cut ? 0 : double(factor[i]) * last.value;
      last = {double(term[i]) + before, false};
      to[i] = T(last.value);
    });
  });
}

}  // namespace cinta::kernels
