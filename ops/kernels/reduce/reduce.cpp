#include <algorithm>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <vector>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(reduce_planned, (Reduce how, const ReducePlan& plan), (how, plan))
namespace {

struct Axis {
  std::int64_t size, step_x, step_y;
  bool reduced;
};

// Axes that do not repeat elements come last, and of those the ones with small steps.
bool outside(const Axis& a, const Axis& b) {
  if ((a.step_x == 0) != (b.step_x == 0)) return a.step_x == 0;
  return a.step_x > b.step_x;
}

ReducePlan make_plan(const Array& x, const Array& y) {
  ReducePlan plan{x.data<char>(), y.data<char>(), x.dtype, 1, 0, 0, true, {}, {}, {}, {}, {}};
  const int rank = x.shape.rank();
  const std::int64_t unit_x = std::int64_t(size_of(x.dtype)),
                     unit_y = std::int64_t(size_of(y.dtype));
  constexpr int usual_rank = 8;
  Axis room[usual_rank];
  std::vector<Axis> more;
  Axis* axes = room;
  if (rank > usual_rank) {
    more.resize(std::size_t(rank));
    axes = more.data();
  }

  int count = 0;
  for (int i = 0; i < rank; ++i) {
    if (x.shape[i] == 1) continue;
    const int own = i - (rank - y.shape.rank());
    const bool reduced = own < 0 || y.shape[own] == 1;
    Axis axis{x.shape[i], x.strides[i] * unit_x, reduced ? 0 : y.strides[own] * unit_y, reduced};
    if (axis.step_x < 0) {  // walk it from its other end
      plan.x += axis.step_x * (axis.size - 1);
      plan.y += axis.step_y * (axis.size - 1);
      axis.step_x = -axis.step_x;
      axis.step_y = -axis.step_y;
    }
    axes[count++] = axis;
  }
  std::stable_sort(axes, axes + count, outside);

  int merged = 0;
  for (int i = 0; i < count; ++i) {
    if (merged > 0) {
      Axis& last = axes[merged - 1];
      if (last.reduced == axes[i].reduced && last.step_x == axes[i].step_x * axes[i].size &&
          last.step_y == axes[i].step_y * axes[i].size) {
        last = {last.size * axes[i].size, axes[i].step_x, axes[i].step_y, last.reduced};
        continue;
      }
    }
    axes[merged++] = axes[i];
  }
  if (merged == 0) {
    plan.step_x = unit_x;
    return plan;
  }
  const Axis& inner = axes[--merged];
  plan.size = inner.size;
  plan.step_x = inner.step_x;
  plan.step_y = inner.step_y;
  plan.inner_reduced = inner.reduced;

  const int reduced =
      int(std::count_if(axes, axes + merged, [](const Axis& a) { return a.reduced; }));
  plan.reduced = plan.reduced_x = Shape::filled(reduced);
  plan.kept = plan.kept_x = plan.kept_y = Shape::filled(merged - reduced);
  for (int i = 0, r = 0, k = 0; i < merged; ++i) {
    if (axes[i].reduced) {
      plan.reduced[r] = axes[i].size;
      plan.reduced_x[r++] = axes[i].step_x;
    } else {
      plan.kept[k] = axes[i].size;
      plan.kept_x[k] = axes[i].step_x;
      plan.kept_y[k++] = axes[i].step_y;
    }
  }
  return plan;
}

// Position of the first element that beats all others; the first NaN wins. The element itself goes
// into `values`, if given.
template <class Beats>
void arg_extremum(const Array& x, int axis, const Array& y, const Beats& beats,
                  const Array* values = nullptr) {
  Shape outer = x.shape;
  outer[axis] = 1;
  const std::int64_t size = x.shape[axis], step = x.strides[axis];
  std::int64_t* to = y.data<std::int64_t>();
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* found = values ? values->data<T>() : nullptr;
    parallel_for(outer.numel(), 4096, [&](std::int64_t begin, std::int64_t end) {
      StridedIndex place(outer, x.strides, begin);
      for (std::int64_t i = begin; i < end; ++i, place.next()) {
        const T* p = from + place.offset();
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < size && p[best * step] == p[best * step]; ++k) {
          const T value = p[k * step];
          if (beats(value, p[best * step]) || value != value) best = k;
        }
        to[i] = best;
        if (found) found[i] = p[best * step];
      }
    });
  });
}

}  // namespace

void reduce(Reduce how, const Array& x, const Array& y) {
  if (y.numel() == 0) return;
  reduce_planned(how, make_plan(x, y));
}

void argmax(const Array& x, int axis, const Array& y) {
  arg_extremum(x, axis, y, [](auto a, auto b) { return a > b; });
}

void argmin(const Array& x, int axis, const Array& y) {
  arg_extremum(x, axis, y, [](auto a, auto b) { return a < b; });
}

void max_with_indices(const Array& x, int axis, const Array& values, const Array& indices) {
  arg_extremum(
      x, axis, indices, [](auto a, auto b) { return a > b; }, &values);
}

void min_with_indices(const Array& x, int axis, const Array& values, const Array& indices) {
  arg_extremum(
      x, axis, indices, [](auto a, auto b) { return a < b; }, &values);
}

void put_along_axis(const Array& x, const Array& indices, int axis, const Array& y) {
  fill(y, 0);
  Shape outer = y.shape;
  outer[axis] = 1;
  const std::int64_t step = y.strides[axis];
  const std::int64_t* index = indices.data<std::int64_t>();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    parallel_for(outer.numel(), 4096, [&](std::int64_t begin, std::int64_t end) {
      StridedIndex place(outer, y.strides, begin);
      for (std::int64_t i = begin; i < end; ++i, place.next())
        to[place.offset() + index[i] * step] = from[i];
    });
  });
}

}  // namespace cinta::kernels
