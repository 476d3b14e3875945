// Compiled once per instruction set; see simd/dispatch.hpp.
//
// A planned reduction is cut into units by its shape alone: runs of the innermost axis where that
// is reduced, tiles of columns where it is kept. Each unit gives partial results, which are
// combined in order. Within a unit a fixed number of lanes is used, whatever the registers: bits
// depend neither on the threads nor on the instruction set.

#include <algorithm>
#include <cinta/ops/kernels/loop/double_double.hpp>
#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <limits>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/reduce/short_rows.hpp>
#include <cinta/ops/kernels/simd/join_lanes.hpp>

namespace cinta::kernels::CINTA_SIMD {

void reduce_planned(Reduce how, const ReducePlan& plan);

namespace {

constexpr std::int64_t block = 1024;     // elements added in the element's own precision
constexpr std::int64_t run = 32 * 1024;  // elements of a unit where the innermost axis is reduced
constexpr std::int64_t tile = 1024;      // columns of a unit where it is kept
constexpr std::int64_t narrow = 256;     // columns up to which some rows are added together
constexpr std::int64_t tile_rows = 64;   // rows added in the element's own precision
constexpr std::int64_t unit_rows = 1024;

struct Sum {
  template <class A>
  static constexpr A identity = 0;
  template <class A>
  static A combine(A a, A b) {
    return element_sum(a, b);
  }
};
// a != a finds NaN, which has to win.
struct Max {
  template <class A>
  static constexpr A identity = std::numeric_limits<A>::has_infinity
                                    ? -std::numeric_limits<A>::infinity()
                                    : std::numeric_limits<A>::lowest();
  template <class A>
  static A combine(A a, A b) {
    return a > b || a != a ? a : b;
  }
};
struct Min {
  template <class A>
  static constexpr A identity = std::numeric_limits<A>::has_infinity
                                    ? std::numeric_limits<A>::infinity()
                                    : std::numeric_limits<A>::max();
  template <class A>
  static A combine(A a, A b) {
    return a < b || a != a ? a : b;
  }
};

// What blocks are combined in: for sums wider than the elements, so that their number hardly
// matters to the error.
template <class Op, class T>
struct Wide {
  using type = T;
};
template <>
struct Wide<Sum, float> {
  using type = double;
};
template <>
struct Wide<Sum, double> {
  using type = DoubleDouble;
};
// Within a block: the element type, but bools are counted.
template <class T>
using Narrow = std::conditional_t<std::is_same_v<T, bool>, std::int64_t, T>;

template <class T>
T load(const char* p) {
  return *reinterpret_cast<const T*>(p);
}

// n <= block elements, in `lanes` accumulators.
template <int lanes, class Op, class T>
Narrow<T> reduce_lanes(const char* x, std::int64_t n, std::int64_t step) {
  using A = Narrow<T>;
  if (n < lanes) {
    A total = Op::template identity<A>;
    for (std::int64_t i = 0; i < n; ++i)
      total = Op::template combine<A>(total, A(load<T>(x + i * step)));
    return total;
  }
  A sums[lanes];
  for (A& sum : sums) sum = Op::template identity<A>;
  std::int64_t i = 0;
  if (step == sizeof(T)) {
    const T* p = reinterpret_cast<const T*>(x);
    for (; i + lanes <= n; i += lanes) {
      // Each line is asked for just before one is read: two askings in a row cost two threads 7 %.
      constexpr int line = std::min(lanes, 64 / int(sizeof(T)));
#pragma GCC unroll 8
      for (int from = 0; from < lanes; from += line) {
        prefetch(p + i + from + 2048 / sizeof(T));
#pragma omp simd
        for (int k = from; k < from + line; ++k)
          sums[k] = Op::template combine<A>(sums[k], A(p[i + k]));
      }
    }
  } else {
    for (; i + lanes <= n; i += lanes)
      for (int k = 0; k < lanes; ++k)
        sums[k] = Op::template combine<A>(sums[k], A(load<T>(x + (i + k) * step)));
  }
  if (i < n) {
    A rest[lanes];
    for (A& element : rest) element = Op::template identity<A>;
    for (int k = 0; i < n; ++i, ++k) rest[k] = A(load<T>(x + i * step));
#pragma omp simd
    for (int k = 0; k < lanes; ++k) sums[k] = Op::template combine<A>(sums[k], rest[k]);
  }
  return join_lanes<lanes>(sums, [](A a, A b) { return Op::template combine<A>(a, b); });
}

// Twice the lanes for long blocks of small elements: chains of additions are shorter, in time and
// in what rounding they gather.
template <class Op, class T>
Narrow<T> reduce_block(const char* x, std::int64_t n, std::int64_t step) {
  return sizeof(T) == 4 && n >= 128 ? reduce_lanes<32, Op, T>(x, n, step)
                                    : reduce_lanes<16, Op, T>(x, n, step);
}

template <class Op, class T, class W = typename Wide<Op, Narrow<T>>::type>
W reduce_run(const char* x, std::int64_t n, std::int64_t step) {
  W total = Op::template identity<W>;
  for (std::int64_t i = 0; i < n; i += block) {
    total = Op::template combine<W>(
        total, W(reduce_block<Op, T>(x + i * step, std::min(block, n - i), step)));
  }
  return total;
}

// y = x reduced along its innermost axis (and others).
template <class Op, class T>
void reduce_inner(const ReducePlan& plan) {
  using W = typename Wide<Op, Narrow<T>>::type;
  const std::int64_t kept = plan.kept.numel(), outer = plan.reduced.numel();
  if (plan.size < short_row && outer == 1 && kept >= 16 && plan.kept.rank() == 1 &&
      plan.step_x == sizeof(T) && plan.kept_x[0] == plan.size * plan.step_x) {
    using A = Narrow<T>;
    const T* const x = reinterpret_cast<const T*>(plan.x);
    return parallel_for(kept, grain_of(plan.size), [&](std::int64_t begin, std::int64_t end) {
      fold_short_rows(
          x, begin, end, plan.size, Op::template identity<A>,
          [](A a, A b) { return Op::template combine<A>(a, b); },
          [y = plan.y, step = plan.kept_y[0]](std::int64_t i, A total) {
            *reinterpret_cast<A*>(y + i * step) = total;
          });
    });
  }
  const std::int64_t runs = (plan.size + run - 1) / run, units = outer * runs;
  const auto one_unit = [&](const char* x, std::int64_t unit) {
    const std::int64_t start = unit % runs * run;
    return reduce_run<Op, T>(x + start * plan.step_x, std::min(run, plan.size - start),
                             plan.step_x);
  };
  if (kept >= 64 || kept * units * std::min(run, plan.size) <= grain) {
    const std::int64_t work = std::max<std::int64_t>(1, plan.size * outer);
    parallel_for(kept, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
      StridedIndex x(plan.kept, plan.kept_x, begin), y(plan.kept, plan.kept_y, begin);
      for (std::int64_t i = begin; i < end; ++i, x.next(), y.next()) {
        W total = Op::template identity<W>;
        if (units == 1) {
          total = reduce_run<Op, T>(plan.x + x.offset(), plan.size, plan.step_x);
        } else {
          StridedIndex row(plan.reduced, plan.reduced_x, 0);
          for (std::int64_t unit = 0; unit < units; ++unit) {
            total =
                Op::template combine<W>(total, one_unit(plan.x + x.offset() + row.offset(), unit));
            if ((unit + 1) % runs == 0) row.next();
          }
        }
        *reinterpret_cast<Narrow<T>*>(plan.y + y.offset()) = Narrow<T>(total);
      }
    });
    return;
  }
  // Few results of many elements each: the threads share the units.
  std::vector<W> partial(std::size_t(kept * units));
  const std::int64_t per_unit = std::max<std::int64_t>(1, std::min(run, plan.size));
  parallel_for(kept * units, grain_of(per_unit), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const StridedIndex x(plan.kept, plan.kept_x, i / units);
      const StridedIndex row(plan.reduced, plan.reduced_x, i % units / runs);
      partial[std::size_t(i)] = one_unit(plan.x + x.offset() + row.offset(), i % units);
    }
  });
  StridedIndex y(plan.kept, plan.kept_y, 0);
  for (std::int64_t i = 0; i < kept; ++i, y.next()) {
    W total = Op::template identity<W>;
    for (std::int64_t unit = 0; unit < units; ++unit)
      total = Op::template combine<W>(total, partial[std::size_t(i * units + unit)]);
    *reinterpret_cast<Narrow<T>*>(plan.y + y.offset()) = Narrow<T>(total);
  }
}

// Combines totals[j] with column j of `rows` rows, which start at reduced position `first`.
template <class Op, class T, class W>
void reduce_columns(const ReducePlan& plan, const char* x, std::int64_t first, std::int64_t rows,
                    std::int64_t width, W* totals) {
  using A = Narrow<T>;
  StridedIndex row(plan.reduced, plan.reduced_x, first);
  alignas(64) A sums[tile];
  const auto next = [&] {
    const char* p = x + row.offset();
    row.next();
    return p;
  };
  for (std::int64_t done = 0; done < rows; done += tile_rows) {
    std::fill_n(sums, width, Op::template identity<A>);
    std::int64_t r = done;
    const std::int64_t end = std::min(done + tile_rows, rows);
    if (plan.step_x == sizeof(T)) {
      const auto combine = [](A a, T b) { return Op::template combine<A>(a, A(b)); };
      // Short rows some at a time: the sums are read and written less often, in the same order.
      constexpr int together = 8;
      for (; width <= narrow && r + together <= end; r += together) {
        const T* p[together];
        for (const T*& at : p) at = reinterpret_cast<const T*>(next());
#pragma omp simd
        for (std::int64_t j = 0; j < width; ++j) {
          A sum = sums[j];
#pragma GCC unroll 8
          for (int k = 0; k < together; ++k) sum = combine(sum, p[k][j]);
          sums[j] = sum;
        }
      }
      // Long ones one by one, as processors fetch ahead, in strips whose loads are under way
      // together.
      constexpr int strip = 64;
      for (; r < end; ++r) {
        const T* p = reinterpret_cast<const T*>(next());
        std::int64_t j = 0;
        for (; j + strip <= width; j += strip) {
#pragma omp simd
          for (int k = 0; k < strip; ++k) sums[j + k] = combine(sums[j + k], p[j + k]);
        }
#pragma omp simd
        for (std::int64_t k = j; k < width; ++k) sums[k] = combine(sums[k], p[k]);
      }
    }
    for (; r < end; ++r) {
      const char* p = next();
      for (std::int64_t j = 0; j < width; ++j)
        sums[j] = Op::template combine<A>(sums[j], A(load<T>(p + j * plan.step_x)));
    }
    for (std::int64_t j = 0; j < width; ++j)
      totals[j] = Op::template combine<W>(totals[j], W(sums[j]));
  }
}

// y = x reduced along outer axes, the innermost one kept: in groups, which are tiles of columns.
template <class Op, class T>
void reduce_outer(const ReducePlan& plan) {
  using W = typename Wide<Op, Narrow<T>>::type;
  const std::int64_t rows = plan.reduced.numel(), widest = std::min(tile, plan.size);
  const std::int64_t tiles = (plan.size + tile - 1) / tile, groups = plan.kept.numel() * tiles;
  const std::int64_t units = (rows + unit_rows - 1) / unit_rows;
  const auto width = [&](std::int64_t group) {
    return std::min(tile, plan.size - group % tiles * tile);
  };
  const auto one_unit = [&](std::int64_t group, std::int64_t unit, W* totals) {
    const StridedIndex x(plan.kept, plan.kept_x, group / tiles);
    const std::int64_t first = unit * unit_rows;
    reduce_columns<Op, T>(plan, plan.x + x.offset() + group % tiles * tile * plan.step_x, first,
                          std::min(unit_rows, rows - first), width(group), totals);
  };
  const auto store = [&](std::int64_t group, const W* totals) {
    const StridedIndex y(plan.kept, plan.kept_y, group / tiles);
    char* to = plan.y + y.offset() + group % tiles * tile * plan.step_y;
    for (std::int64_t j = 0; j < width(group); ++j)
      *reinterpret_cast<Narrow<T>*>(to + j * plan.step_y) = Narrow<T>(totals[j]);
  };
  if (groups >= 64 || units <= 1) {
    const std::int64_t work = std::max<std::int64_t>(1, rows * widest);
    parallel_for(groups, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
      W totals[tile];
      for (std::int64_t group = begin; group < end; ++group) {
        std::fill_n(totals, width(group), Op::template identity<W>);
        for (std::int64_t unit = 0; unit < units; ++unit) one_unit(group, unit, totals);
        store(group, totals);
      }
    });
    return;
  }
  // Few results of many elements each: the threads share the units.
  std::vector<W> partial(std::size_t(groups * units * widest), Op::template identity<W>);
  const auto part = [&](std::int64_t i) { return &partial[std::size_t(i * widest)]; };
  const std::int64_t work = std::min(rows, unit_rows) * widest;
  parallel_for(groups * units, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) one_unit(i / units, i % units, part(i));
  });
  for (std::int64_t group = 0; group < groups; ++group) {
    W* totals = part(group * units);
    for (std::int64_t unit = 1; unit < units; ++unit)
      for (std::int64_t j = 0; j < width(group); ++j)
        totals[j] = Op::template combine<W>(totals[j], part(group * units + unit)[j]);
    store(group, totals);
  }
}

template <class Op>
void reduce_with(const ReducePlan& plan) {
  dispatch(plan.dtype, [&]<class T>() {
    plan.inner_reduced ? reduce_inner<Op, T>(plan) : reduce_outer<Op, T>(plan);
  });
}

}  // namespace

void reduce_planned(Reduce how, const ReducePlan& plan) {
  switch (how) {
    case Reduce::sum: return reduce_with<Sum>(plan);
    case Reduce::max: return reduce_with<Max>(plan);
    case Reduce::min: return reduce_with<Min>(plan);
  }
}

}  // namespace cinta::kernels::CINTA_SIMD
