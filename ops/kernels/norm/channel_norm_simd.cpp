// Compiled once per instruction set; see channel_norm.hpp.
//
// A set is read from memory once each way if it fits into the caches, which those of batch norms
// do: its sums and its results follow one another. While results are written, the next set is
// fetched: memory reads and writes at once.

#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/norm/channel_norm.hpp>
#include <cinta/ops/kernels/norm/normal.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void channel_norm(const ChannelNorm& norm, const Array& x, const Array* weight, const Array* bias,
                  const Array& y, const Array& statistics);
void channel_norm_backward(const ChannelNorm& norm, const Array& x, const Array& statistics,
                           const Array* weight, const Array& dy,
                           const ChannelNormGradients& gradients);

namespace {

// The planes of the sets, one after the other.
struct Sets {
  std::int64_t count, planes, step, plane, groups;

  explicit Sets(const ChannelNorm& n)
      : count(n.groups ? n.batch * n.groups : n.channels),
        planes(n.groups ? n.channels / n.groups : n.batch),
        step(n.groups ? n.plane : n.channels * n.plane),
        plane(n.plane),
        groups(n.groups) {}

  std::int64_t step_of_sets() const { return (groups ? planes : 1) * plane; }
  // To what is fetched while a set of elements of so many bytes is written: the next one, if it
  // stays in the caches until its turn comes.
  std::int64_t ahead(std::int64_t size) const {
    constexpr std::int64_t most = 4 << 20;
    return planes * plane * size <= most ? step_of_sets() : 0;
  }
  // The first element of a set, and the channel of its plane `i`.
  std::int64_t begin(std::int64_t set) const { return set * step_of_sets(); }
  std::int64_t channel(std::int64_t set, std::int64_t i) const {
    return groups ? set % groups * planes + i : set;
  }
  // For statistics all planes of a group are one.
  Segments segments() const {
    return groups ? Segments{1, 0, planes * plane} : Segments{planes, step, plane};
  }
  std::int64_t grain() const { return grain_of(planes * plane); }
};

template <class T>
inline constexpr std::int64_t bytes_of_lanes = Lanes<T>::size * sizeof(T);

template <class T>
T* data_or_null(const Array* array) {
  return array ? array->data<T>() : nullptr;
}

template <class T>
[[gnu::flatten]] void normalise_plane(const Normal<T>& normal, std::int64_t from, std::int64_t n,
                                      T weight, T bias, T* y, const T* next, bool streaming) {
  const Lanes<T> w(weight), b(bias);
  for_lanes<T>(n, [&](std::int64_t k, std::int64_t m) {
    prefetch(next + k, bytes_of_lanes<T>);
    (normal(from + k, m) * w + b).store(y + k, m, streaming);
  });
}

// The sums of a plane of dy, and of its products with the normalised elements.
template <class T>
[[gnu::flatten]] void sum_plane(const Normal<T>& normal, std::int64_t from, std::int64_t n,
                                const T* dy, double* sum, double* product) {
  constexpr std::int64_t block = 1024;
  for (std::int64_t start = 0; start < n; start += block) {
    Lanes<T> sums(T(0)), products(T(0));
    for_lanes<T>(std::min(block, n - start), [&](std::int64_t offset, std::int64_t m) {
      const Lanes<T> g(dy + start + offset, m);
      sums = sums + g;
      products = products + g * normal(from + start + offset, m);
    });
    *sum += sums.sum();
    *product += products.sum();
  }
}

// (dy * weight - first - normal * second) * scale; a square of scale might be beyond the range.
template <class T>
[[gnu::flatten]] void differentiate_plane(const Normal<T>& normal, std::int64_t from,
                                          std::int64_t n, const T* dy, T weight, T first, T second,
                                          T* dx, const T* next, const T* next_dy, bool streaming) {
  const Lanes<T> w(weight), factor = Lanes<T>(second) * normal.scale(),
                            constant = Lanes<T>(first) - factor * Lanes<T>(normal.rest());
  for_lanes<T>(n, [&](std::int64_t k, std::int64_t m) {
    prefetch(next + k, bytes_of_lanes<T>);
    prefetch(next_dy + k, bytes_of_lanes<T>);
    ((Lanes<T>(dy + k, m) * w - (normal.near_centred(from + k, m) * factor + constant)) *
     normal.scale())
        .store(dx + k, m, streaming);
  });
}

// Whether planes of dense y are to be written with streaming stores.
bool planes_are_streamed(const Array& y, std::int64_t plane) {
  const auto size = std::int64_t(size_of(y.dtype));
  return is_worth_streaming(y.memory, plane * size, y.numel() * size);
}

}  // namespace

void channel_norm(const ChannelNorm& norm, const Array& x, const Array* weight, const Array* bias,
                  const Array& y, const Array& statistics) {
  if (x.numel() == 0) return;
  dispatch_floating(x.dtype, [&]<class T>() {
    const Sets sets(norm);
    const T *from = x.data<T>(), *w = data_or_null<T>(weight), *b = data_or_null<T>(bias);
    T* to = y.data<T>();
    double* found = statistics.data<double>();
    const bool streaming = planes_are_streamed(y, norm.plane);
    const std::int64_t ahead = sets.ahead(sizeof(T));
    parallel_for(sets.count, sets.grain(), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t set = begin; set < end; ++set) {
        const std::int64_t first = sets.begin(set);
        const Normal<T> normal(from + first, sets.segments(), norm.eps);
        for (std::int64_t i = 0; i < sets.planes; ++i) {
          const std::int64_t c = sets.channel(set, i), place = first + i * sets.step;
          normalise_plane(normal, i * sets.step, sets.plane, w ? w[c] : T(1), b ? b[c] : T(0),
                          to + place, from + place + ahead, streaming);
        }
        for (int i = 0; i < 2; ++i) found[i * sets.count + set] = normal.mean()[i];
        found[2 * sets.count + set] = normal.variance();
        found[3 * sets.count + set] = normal.factor();
      }
      if (streaming) finish_streaming();
    });
  });
}

void channel_norm_backward(const ChannelNorm& norm, const Array& x, const Array& statistics,
                           const Array* weight, const Array& dy,
                           const ChannelNormGradients& gradients) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const Sets sets(norm);
    const T *from = x.data<T>(), *w = data_or_null<T>(weight), *slope = dy.data<T>();
    const double* found = statistics.data<double>();
    T* to = data_or_null<T>(gradients.dx);
    const bool streaming = to && planes_are_streamed(*gradients.dx, norm.plane);
    const std::int64_t ahead = sets.ahead(2 * sizeof(T));
    // Of each plane of each set, in order.
    Buffer<double> sums(2 * sets.count * sets.planes);
    double* all = sums.data();
    if (x.numel() > 0) {
      parallel_for(sets.count, sets.grain(), [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t set = begin; set < end; ++set) {
          const std::int64_t first = sets.begin(set);
          const Normal<T> normal(from + first, found[set], found[sets.count + set],
                                 found[3 * sets.count + set]);
          double* plane = all + 2 * set * sets.planes;
          double sum = 0, product = 0;
          for (std::int64_t i = 0; i < sets.planes; ++i) {
            sum_plane(normal, i * sets.step, sets.plane, slope + first + i * sets.step,
                      plane + 2 * i, plane + 2 * i + 1);
            const double factor = w ? double(w[sets.channel(set, i)]) : 1;
            sum += factor * plane[2 * i];
            product += factor * plane[2 * i + 1];
          }
          if (!to) continue;
          const double n = double(sets.planes) * double(sets.plane);
          for (std::int64_t i = 0; i < sets.planes; ++i) {
            const std::int64_t place = first + i * sets.step, next = place + ahead;
            differentiate_plane(normal, i * sets.step, sets.plane, slope + place,
                                w ? w[sets.channel(set, i)] : T(1), T(sum / n), T(product / n),
                                to + place, from + next, slope + next, streaming);
          }
        }
        if (streaming) finish_streaming();
      });
    }
    const auto gather = [&](const Array* result, int which) {
      if (!result) return;
      Buffer<double> totals(norm.channels);
      for (std::int64_t set = 0; set < sets.count; ++set)
        for (std::int64_t i = 0; i < sets.planes; ++i)
          totals.data()[sets.channel(set, i)] += all[2 * (set * sets.planes + i) + which];
      for (std::int64_t c = 0; c < norm.channels; ++c) result->data<T>()[c] = T(totals.data()[c]);
    };
    gather(gradients.dweight, 1);
    gather(gradients.dbias, 0);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
