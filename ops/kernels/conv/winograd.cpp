#include <algorithm>
#include <atomic>
#include <cinta/ops/kernels/conv/winograd.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(winograd_plan,
                    (Winograd & plan, std::int64_t bands, std::int64_t bytes_of_element),
                    (plan, bands, bytes_of_element))
CINTA_SIMD_FUNCTION(winograd_taps,
                    (const Winograd& plan, const WinogradTaps<float>& taps, std::int64_t begin,
                     std::int64_t end, float* to),
                    (plan, taps, begin, end, to))
CINTA_SIMD_FUNCTION(winograd_taps,
                    (const Winograd& plan, const WinogradTaps<double>& taps, std::int64_t begin,
                     std::int64_t end, double* to),
                    (plan, taps, begin, end, to))
CINTA_SIMD_FUNCTION(winograd_band,
                    (const Winograd& plan, std::int64_t band, const float* x, const float* taps,
                     const float* bias, float* y, float* scratch, bool* finite),
                    (plan, band, x, taps, bias, y, scratch, finite))
CINTA_SIMD_FUNCTION(winograd_band,
                    (const Winograd& plan, std::int64_t band, const double* x, const double* taps,
                     const double* bias, double* y, double* scratch, bool* finite),
                    (plan, band, x, taps, bias, y, scratch, finite))
CINTA_SIMD_FUNCTION(winograd_weight_band,
                    (const Winograd& plan, std::int64_t band, const float* x, const float* dy,
                     float* sums, float* scratch),
                    (plan, band, x, dy, sums, scratch))
CINTA_SIMD_FUNCTION(winograd_weight_band,
                    (const Winograd& plan, std::int64_t band, const double* x, const double* dy,
                     double* sums, double* scratch),
                    (plan, band, x, dy, sums, scratch))
CINTA_SIMD_FUNCTION(winograd_weight_end,
                    (const Winograd& plan, const float* sums, float* w, bool* finite),
                    (plan, sums, w, finite))
CINTA_SIMD_FUNCTION(winograd_weight_end,
                    (const Winograd& plan, const double* sums, double* w, bool* finite),
                    (plan, sums, w, finite))

namespace {

using std::int64_t;
using Sizes = ConvGeometry::Sizes;

// Whether it can be done, and there is enough to do for the turns to be worth it.
bool suits(const ConvGeometry& g) {
  constexpr Sizes kernel = {1, 3, 3}, ones = {1, 1, 1};
  constexpr int64_t least_channels = 16, least_of_plane = 49, least_work = 1 << 20;
  const int64_t places = std::min(g.x[1] * g.x[2], g.y[1] * g.y[2]);
  return g.kernel == kernel && g.stride == ones && g.dilation == ones && g.x[0] == 1 &&
         g.padding[0] == 0 && std::max(g.padding[1], g.padding[2]) <= 2 &&
         std::min(g.in, g.out) >= least_channels && places >= least_of_plane &&
         g.in * g.out * g.batch * places >= least_work;
}

// The transposed one is a convolution with its taps in reverse.
Winograd plan_of(const ConvGeometry& g, bool transposed) {
  const Sizes &from = transposed ? g.y : g.x, &to = transposed ? g.x : g.y;
  const auto zeros = [&](std::size_t a) { return transposed ? 2 - g.padding[a] : g.padding[a]; };
  return {.in = transposed ? g.out : g.in,
          .out = transposed ? g.in : g.out,
          .height = from[1],
          .width = from[2],
          .rows = to[1],
          .columns = to[2],
          .above = zeros(1),
          .before = zeros(2)};
}

template <class T>
bool run(const ConvGeometry& g, bool transposed, const T* x, const T* w, const T* bias, T* y) {
  if (!suits(g)) return false;
  const int64_t planes = g.batch * g.groups;
  Winograd p = plan_of(g, transposed);
  winograd_plan(p, (thread_count() + planes - 1) / planes, sizeof(T));

  const int64_t taps = 9 * g.in * g.out, turned_taps = 16 * g.in * g.out;  // of a group
  Scratch memory(std::size_t(g.groups * turned_taps) * sizeof(T));
  T* const turned = reinterpret_cast<T*>(memory.memory());
  parallel_for(g.groups * p.out, grain_of(32 * p.in), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t group = i / p.out, o = i % p.out;
      winograd_taps(
          p, {w + group * taps, transposed ? 9 : 9 * g.in, transposed ? 9 * g.in : 9, transposed},
          o, o + 1, turned + group * turned_taps);
    }
  });

  constexpr double work_per_thread = 256 * 1024;
  const double work = double(turned_taps) * double(p.count);
  std::atomic<bool> finite = true;
  parallel_for(
      planes * p.bands(), int64_t(1 + work_per_thread / work), [&](int64_t begin, int64_t end) {
        Scratch scratch(std::size_t(p.scratch()) * sizeof(T));
        bool mine = true;
        for (int64_t i = begin; i < end; ++i) {
          const int64_t plane = i / p.bands(), group = plane % g.groups;
          winograd_band(p, i % p.bands(), x + plane * p.in * p.height * p.width,
                        turned + group * turned_taps, bias ? bias + group * p.out : nullptr,
                        y + plane * p.out * p.rows * p.columns,
                        reinterpret_cast<T*>(scratch.memory()), &mine);
        }
        if (!mine) finite = false;
      });
  return finite;
}

template <class T>
bool run_weight(const ConvGeometry& g, const T* x, const T* dy, T* w) {
  if (!suits(g)) return false;
  const int64_t all = 16 * g.in * g.out;
  // Images are added up in parts, whose number does not depend on the threads.
  constexpr int64_t most_parts = 16, most_elements = 1 << 20, least_parts = 4;
  const int64_t parts = std::min({g.batch, most_parts, most_elements / all});
  if (parts < std::min(g.batch, least_parts)) return false;
  Winograd p = plan_of(g, false);
  winograd_plan(p, 1, sizeof(T));
  Scratch memory(std::size_t(g.groups * parts * all) * sizeof(T));
  T* const sums = reinterpret_cast<T*>(memory.memory());
  parallel_for(g.groups * parts, 1, [=](int64_t begin, int64_t end) {
    Scratch scratch(std::size_t(p.scratch()) * sizeof(T));
    for (int64_t i = begin; i < end; ++i) {
      const int64_t group = i / parts, part = i % parts;
      std::fill_n(sums + i * all, all, T(0));
      for (int64_t n = g.batch * part / parts; n < g.batch * (part + 1) / parts; ++n) {
        const int64_t plane = n * g.groups + group;
        for (int64_t band = 0; band < p.bands(); ++band)
          winograd_weight_band(p, band, x + plane * p.in * p.height * p.width,
                               dy + plane * p.out * p.rows * p.columns, sums + i * all,
                               reinterpret_cast<T*>(scratch.memory()));
      }
    }
  });
  bool finite = true;
  for (int64_t group = 0; group < g.groups; ++group) {
    T* const total = sums + group * parts * all;
    for (int64_t part = 1; part < parts; ++part)
      for (int64_t i = 0; i < all; ++i) total[i] += total[part * all + i];
    winograd_weight_end(p, total, w + 9 * group * p.in * p.out, &finite);
  }
  return finite;
}

}  // namespace

bool conv_by_winograd(const ConvGeometry& g, bool transposed, const float* x, const float* w,
                      const float* bias, float* y) {
  return run(g, transposed, x, w, bias, y);
}
bool conv_by_winograd(const ConvGeometry& g, bool transposed, const double* x, const double* w,
                      const double* bias, double* y) {
  return run(g, transposed, x, w, bias, y);
}

bool conv_weight_by_winograd(const ConvGeometry& g, const float* x, const float* y, float* w) {
  return run_weight(g, x, y, w);
}
bool conv_weight_by_winograd(const ConvGeometry& g, const double* x, const double* y, double* w) {
  return run_weight(g, x, y, w);
}

}  // namespace cinta::kernels
