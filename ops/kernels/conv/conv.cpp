#include <algorithm>
#include <cinta/ops/kernels/conv/conv.hpp>
#include <cinta/ops/kernels/conv/sweep.hpp>
#include <cinta/ops/kernels/conv/winograd.hpp>
#include <cinta/ops/kernels/copy/transpose.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <optional>
#include <vector>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(sweep_limits, (SweepLimits & limits), (limits))
CINTA_SIMD_FUNCTION(sweep_band,
                    (const Sweep<float>& s, const Band<float>& band, const SweepTile<float>* tiles,
                     std::int64_t tile_count, float* buffer, float* y),
                    (s, band, tiles, tile_count, buffer, y))
CINTA_SIMD_FUNCTION(sweep_band,
                    (const Sweep<double>& s, const Band<double>& band,
                     const SweepTile<double>* tiles, std::int64_t tile_count, double* buffer,
                     double* y),
                    (s, band, tiles, tile_count, buffer, y))
CINTA_SIMD_FUNCTION(sweep_weight,
                    (const Sweep<float>& s, const Band<float>& band, const float* dy,
                     const WeightSum<float>& w, float* buffer, float* turned),
                    (s, band, dy, w, buffer, turned))
CINTA_SIMD_FUNCTION(sweep_weight,
                    (const Sweep<double>& s, const Band<double>& band, const double* dy,
                     const WeightSum<double>& w, double* buffer, double* turned),
                    (s, band, dy, w, buffer, turned))

namespace {

using std::int64_t;
using Sizes = ConvGeometry::Sizes;

constexpr int64_t ceil_div(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }
constexpr int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

int64_t product(const Sizes& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

SweepLimits limits() {
  SweepLimits found;
  sweep_limits(found);
  return found;
}

// A SweepAxis with its lists.
struct Axis {
  std::vector<SweepAxis::Tap> taps = {};
  std::vector<int64_t> origin = {};
  SweepAxis axis = {};

  SweepAxis view() const {
    SweepAxis view = axis;
    view.taps = taps.data();
    view.tap_count = int64_t(taps.size());
    view.origin = origin.data();
    view.slot_count = int64_t(origin.size());
    for (const SweepAxis::Tap& tap : taps) view.reach = std::max(view.reach, tap.shift);
    return view;
  }
};

// y of x: all taps, and a slot for each remainder of their places by the stride.
Axis forward_axis(const ConvGeometry& g, std::size_t a) {
  Axis result;
  for (int64_t k = 0; k < g.kernel[a]; ++k) {
    const int64_t place = k * g.dilation[a], origin = place % g.stride[a] - g.padding[a];
    const auto slot = std::find(result.origin.begin(), result.origin.end(), origin);
    result.taps.push_back({k, slot - result.origin.begin(), place / g.stride[a]});
    if (slot == result.origin.end()) result.origin.push_back(origin);
  }
  result.axis.count = g.y[a];
  result.axis.step = 1;
  result.axis.in_step = g.stride[a];
  result.axis.in = g.x[a];
  result.axis.out = g.y[a];
  return result;
}

// x of y: those elements whose places, counted from the padding's begin, leave the remainder `rest`
// by the stride, and the taps that lead there.
Axis transposed_axis(const ConvGeometry& g, std::size_t a, int64_t rest) {
  Axis result;
  const int64_t stride = g.stride[a];
  int64_t reach = 0;
  for (int64_t k = 0; k < g.kernel[a]; ++k) {
    const int64_t place = k * g.dilation[a];
    if (place % stride != rest) continue;
    reach = std::max(reach, place / stride);
    result.taps.push_back({k, 0, place / stride});
  }
  for (SweepAxis::Tap& tap : result.taps) tap.shift = reach - tap.shift;
  const int64_t begin = ceil_div(g.padding[a] - rest, stride),
                end = floor_div(g.x[a] - 1 + g.padding[a] - rest, stride) + 1;
  if (!result.taps.empty()) result.origin.push_back(begin - reach);
  result.axis.count = std::max<int64_t>(0, end - begin);
  result.axis.first = stride * begin + rest - g.padding[a];
  result.axis.step = stride;
  result.axis.in_step = 1;
  result.axis.in = g.y[a];
  result.axis.out = g.x[a];
  return result;
}

// A sweep with its lists, over all images and groups.
template <class T>
class Plan {
 public:
  Plan(const ConvGeometry& g, std::array<Axis, 3> axes, int64_t in, int64_t out,
       int64_t most_elements, bool direct)
      : axes_(std::move(axes)), batch_(g.batch), groups_(g.groups), out_(out) {
    s_.depth = axes_[0].view();
    s_.height = axes_[1].view();
    s_.width = axes_[2].view();
    s_.channels = in;
    s_.direct = direct;
    divide(most_elements);
    s_.terms = in * s_.depth.tap_count * s_.height.tap_count * s_.width.tap_count;
    offsets_.reserve(std::size_t(s_.terms));
    for_each_tap([&](int64_t c, int64_t d, int64_t h, int64_t w) {
      const SweepAxis::Tap &row = s_.height.taps[h], &column = s_.width.taps[w];
      const int64_t slot =
          (d * s_.height.slot_count + row.slot) * s_.width.slot_count + column.slot;
      offsets_.push_back(c * s_.buffer.plane + slot * s_.buffer.slot + row.shift * s_.buffer.pitch +
                         column.shift);
    });
    s_.offsets = offsets_.data();
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  const Sweep<T>& sweep() const { return s_; }
  std::size_t buffer_bytes() const {
    return s_.direct ? 0 : std::size_t(s_.buffer.size) * sizeof(T);
  }

  template <class F>
  void for_each_tap(const F& f) const {
    for (int64_t c = 0; c < s_.channels; ++c)
      for (int64_t d = 0; d < s_.depth.tap_count; ++d)
        for (int64_t h = 0; h < s_.height.tap_count; ++h)
          for (int64_t w = 0; w < s_.width.tap_count; ++w) f(c, d, h, w);
  }

  // Bands of one group of one image.
  int64_t bands() const { return s_.depth.count * rows_ * columns_; }
  Band<T> band(const T* x, int64_t index) const {
    const int64_t column = index % columns_ * s_.buffer.columns,
                  row = index / columns_ % rows_ * s_.buffer.rows;
    return {x,      index / columns_ / rows_,
            row,    std::min(s_.buffer.rows, s_.height.count - row),
            column, std::min(s_.buffer.columns, s_.width.count - column)};
  }

 private:
  // How many zeros each row has at either side, in every slot.
  int64_t shared_zeros() const {
    const SweepAxis& w = s_.width;
    const int64_t length = w.count + w.reach;
    int64_t least = w.slot_count > 0 ? w.reach : 0;
    for (int64_t i = 0; i < w.slot_count; ++i) {
      const int64_t before = std::max<int64_t>(0, ceil_div(-w.origin[i], w.in_step)),
                    end = std::max<int64_t>(0, ceil_div(w.in - w.origin[i], w.in_step));
      least = std::min({least, before, length - end});
    }
    return std::max<int64_t>(0, least);
  }

  // Cuts the output into bands whose inputs stay in the second cache.
  void divide(int64_t most_elements) {
    SweepBuffer& b = s_.buffer;
    const auto parts = [](int64_t count, int64_t most) {
      return std::max<int64_t>(1, ceil_div(count, std::max<int64_t>(most, 1)));
    };
    // Elements that a place of the output takes: of its own row, and in all.
    const int64_t slots = s_.depth.tap_count * s_.height.slot_count * s_.width.slot_count;
    const int64_t deep = std::max<int64_t>(1, s_.channels * slots);
    constexpr int64_t budget_bytes = 192 * 1024, least_columns = 128;
    const int64_t budget =
        std::max<int64_t>(1, budget_bytes / int64_t(sizeof(T)) / deep);  // elements of a plane
    const int64_t row_limit = std::min(budget / (1 + s_.height.reach), most_elements);
    const int64_t columns = std::max(least_columns, row_limit - s_.width.reach);
    columns_ = parts(s_.width.count, columns);
    b.columns = ceil_div(s_.width.count, columns_);
    b.shared = columns_ == 1 && !s_.direct ? shared_zeros() : 0;
    b.pitch = s_.direct ? s_.width.in : b.columns + s_.width.reach - b.shared;
    int64_t rows = std::min(budget / std::max<int64_t>(1, b.pitch) - s_.height.reach,
                            most_elements / std::max<int64_t>(1, b.columns));
    // Whoever waits for a single image wants it divided among the threads.
    const int64_t others = batch_ * groups_ * s_.depth.count * columns_;
    const double work = double(s_.height.count) * double(s_.width.count) * double(out_) *
                        double(std::max<int64_t>(1, s_.channels * slots));
    if (others > 0 && others < thread_count() && work > 1e6)
      rows = std::min(rows, ceil_div(s_.height.count, ceil_div(thread_count(), others)));
    rows_ = parts(s_.height.count, rows);
    b.rows = ceil_div(s_.height.count, rows_);
    b.slot = (b.rows + s_.height.reach) * b.pitch + b.shared;
    b.plane = slots * b.slot;
    if (s_.direct) {
      b.plane = s_.in_plane();
    } else if (b.plane * int64_t(sizeof(T)) % 1024 == 0) {
      b.plane += 64 / int64_t(sizeof(T));  // or planes would push each other out of the cache
    }
    b.size = s_.channels * b.plane + 8 * limits().bytes / int64_t(sizeof(T));
  }

  std::array<Axis, 3> axes_;
  std::vector<int64_t> offsets_ = {};
  Sweep<T> s_ = {};
  int64_t batch_, groups_, out_, rows_ = 1, columns_ = 1;
};

// How a sweep finds the weight of an output channel, an input channel and a tap of a group.
struct WeightLayout {
  std::int64_t group, row, channel;  // steps; that of taps is 1
};

// Weights and bias of all groups as tiles read them.
template <class T>
class Tiles {
 public:
  Tiles(const Plan<T>& plan, const ConvGeometry& g, int64_t out, const T* bias, const T* weights,
        const WeightLayout& layout)
      : per_group_(std::max<int64_t>(1, ceil_div(out, limits().rows))),
        bias_(std::size_t(g.groups * out)) {
    const Sweep<T>& s = plan.sweep();
    places_.reserve(std::size_t(s.terms));
    plan.for_each_tap([&](int64_t c, int64_t d, int64_t h, int64_t w) {
      const int64_t tap =
          (s.depth.taps[d].index * g.kernel[1] + s.height.taps[h].index) * g.kernel[2] +
          s.width.taps[w].index;
      places_.push_back(c * layout.channel + tap);
    });
    if (bias) std::copy_n(bias, bias_.size(), bias_.begin());
    for (int64_t group = 0; group < g.groups; ++group) {
      int64_t first = 0;
      for (int64_t i = 0; i < per_group_; ++i) {
        // Tiles of nearly the same height.
        const int64_t rows = (out - first) / (per_group_ - i);
        tiles_.push_back({first, rows, weights + group * layout.group + first * layout.row,
                          places_.data(), layout.row, bias_.data() + group * out + first});
        first += rows;
      }
    }
    // Rows that lie like this push each other out of the cache.
    if (layout.row * int64_t(sizeof(T)) % 4096 == 0) pack();
  }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

  const SweepTile<T>* of(int64_t group) const { return tiles_.data() + group * per_group_; }
  int64_t per_group() const { return per_group_; }

 private:
  // Puts the weights of a tile side by side.
  void pack() {
    const auto terms = int64_t(places_.size());
    int64_t count = 0;
    for (const SweepTile<T>& tile : tiles_) count += tile.rows * terms;
    packed_.emplace(std::size_t(count) * sizeof(T));
    T* to = reinterpret_cast<T*>(packed_->memory());
    for (SweepTile<T>& tile : tiles_) {
      // Places of the terms for tiles of this height.
      std::vector<int64_t>& places = packed_places_[std::size_t(tile.rows)];
      if (places.empty())
        for (int64_t k = 0; k < terms; ++k) places.push_back(k * tile.rows);
      for (int64_t r = 0; r < tile.rows; ++r)
        for (int64_t k = 0; k < terms; ++k)
          to[k * tile.rows + r] = tile.weights[tile.places[k] + r * tile.step];
      tile.weights = to;
      tile.places = places.data();
      tile.step = 1;
      to += terms * tile.rows;
    }
  }

  int64_t per_group_;
  std::vector<T> bias_;
  std::vector<int64_t> places_ = {};
  std::array<std::vector<int64_t>, 16> packed_places_ = {};
  std::optional<Scratch> packed_ = {};
  std::vector<SweepTile<T>> tiles_ = {};
};

// Multiplications that are worth a thread.
constexpr double work_per_thread = 512 * 1024;

// Whether each element of y is made of one place of x: a gradient of weights, which reads nothing
// beyond the rows, then reads x where it lies.
bool is_pointwise(const ConvGeometry& g) {
  constexpr Sizes ones = {1, 1, 1}, zeros = {0, 0, 0};
  return g.kernel == ones && g.stride == ones && g.padding == zeros && g.x == g.y;
}

template <class T>
void run(const ConvGeometry& g, std::array<Axis, 3> axes, int64_t in, int64_t out, const T* x,
         const T* w, const WeightLayout& layout, const T* bias, T* y) {
  const Plan<T> plan(g, std::move(axes), in, out, std::int64_t{1} << 40, false);
  const Sweep<T>& s = plan.sweep();
  const int64_t count = g.batch * g.groups * plan.bands();
  if (count == 0 || s.height.count == 0 || s.width.count == 0 || out == 0) return;
  const Tiles<T> tiles(plan, g, out, bias, w, layout);
  const double work = double(s.buffer.rows) * double(s.buffer.columns) *
                      double(std::max<int64_t>(1, s.terms)) * double(out);
  parallel_for(count, int64_t(1 + work_per_thread / work), [&](int64_t begin, int64_t end) {
    Scratch buffer(plan.buffer_bytes());
    for (int64_t i = begin; i < end; ++i) {
      const int64_t group = i / plan.bands(), band = i % plan.bands();  // of all images
      sweep_band(s, plan.band(x + group * in * s.in_plane(), band), tiles.of(group % g.groups),
                 tiles.per_group(), reinterpret_cast<T*>(buffer.memory()),
                 y + group * out * s.out_plane());
    }
  });
}

template <class T>
void conv_of(const ConvGeometry& g, const T* x, const T* w, const T* bias, T* y) {
  if (conv_by_winograd(g, false, x, w, bias, y)) return;
  const int64_t taps = product(g.kernel);
  run<T>(g, {forward_axis(g, 0), forward_axis(g, 1), forward_axis(g, 2)}, g.in, g.out, x, w,
         {g.out * g.in * taps, g.in * taps, taps}, bias, y);
}

// The remainders by the stride that a tap leaves: elements of x with others get the bias alone.
std::vector<int64_t> remainders(const ConvGeometry& g, std::size_t a) {
  std::vector<int64_t> found;
  for (int64_t k = 0; k < g.kernel[a]; ++k) {
    const int64_t rest = k * g.dilation[a] % g.stride[a];
    if (std::find(found.begin(), found.end(), rest) == found.end()) found.push_back(rest);
  }
  return found;
}

template <class T>
void transposed_of(const ConvGeometry& g, const T* y, const T* w, const T* bias, T* x) {
  if (conv_by_winograd(g, true, y, w, bias, x)) return;
  const std::vector<int64_t> rests[] = {remainders(g, 0), remainders(g, 1), remainders(g, 2)};
  for (std::size_t a = 0; a < 3; ++a) {
    if (int64_t(rests[a].size()) == g.stride[a]) continue;
    const int64_t plane = product(g.x), channels = g.groups * g.in;
    for (int64_t i = 0; i < g.batch * channels; ++i)
      std::fill_n(x + i * plane, plane, bias ? bias[i % channels] : T(0));
    break;
  }
  const int64_t taps = product(g.kernel);
  for (const int64_t d : rests[0]) {
    for (const int64_t h : rests[1]) {
      for (const int64_t c : rests[2]) {
        run<T>(g, {transposed_axis(g, 0, d), transposed_axis(g, 1, h), transposed_axis(g, 2, c)},
               g.out, g.in, y, w, {g.out * g.in * taps, taps, g.in * taps}, bias, x);
      }
    }
  }
}

template <class T>
void weight_of(const ConvGeometry& g, const T* x, const T* y, T* w) {
  if (conv_weight_by_winograd(g, x, y, w)) return;
  const int64_t lanes_of_vector = limits().bytes / int64_t(sizeof(T));
  // Where lanes of channels would be nearly empty, lanes run along the rows.
  const bool few = g.out <= std::max<int64_t>(1, lanes_of_vector / 8);
  const int64_t lanes = few ? 0 : g.out > lanes_of_vector ? 2 * lanes_of_vector : lanes_of_vector;
  const Plan<T> plan(g, {forward_axis(g, 0), forward_axis(g, 1), forward_axis(g, 2)}, g.in, g.out,
                     few ? std::int64_t{1} << 40 : 512, is_pointwise(g));
  const Sweep<T>& s = plan.sweep();
  const int64_t width = few ? g.out : lanes, blocks = few ? 1 : ceil_div(g.out, lanes);
  const int64_t block = s.terms * width, all = g.groups * blocks * block;
  if (all == 0) return;
  // Images are added up in parts, whose number does not depend on the threads.
  const double work = double(g.batch) * double(product(g.y)) * double(all);
  const int64_t chunks = std::max<int64_t>(
      1, std::min({g.batch, int64_t{16}, (int64_t{1} << 20) / all, int64_t(work / 4e6)}));
  Scratch memory(std::size_t(chunks * all) * sizeof(T));
  T* sums = reinterpret_cast<T*>(memory.memory());
  const int64_t tasks = chunks * g.groups * blocks;
  const auto grain = int64_t(1 + work_per_thread / (1 + work / double(tasks)));
  parallel_for(tasks, grain, [&](int64_t begin, int64_t end) {
    Scratch buffer(plan.buffer_bytes());
    Scratch turned(few ? 0 : std::size_t(s.buffer.rows * s.buffer.columns * lanes) * sizeof(T));
    for (int64_t i = begin; i < end; ++i) {
      const int64_t chunk = i / (g.groups * blocks), group = i / blocks % g.groups;
      const int64_t channel = few ? 0 : i % blocks * lanes;
      T* sum = sums + i * block;
      std::fill_n(sum, block, T(0));
      const WeightSum<T> to{sum, lanes, few ? g.out : std::min(lanes, g.out - channel)};
      for (int64_t n = g.batch * chunk / chunks; n < g.batch * (chunk + 1) / chunks; ++n) {
        const T* from = x + (n * g.groups + group) * g.in * s.in_plane();
        const T* dy = y + ((n * g.groups + group) * g.out + channel) * s.out_plane();
        for (int64_t b = 0; b < plan.bands(); ++b) {
          const Band<T> band = plan.band(from, b);
          if (band.rows <= 0 || band.columns <= 0) continue;
          sweep_weight(
              s, band, dy + (band.depth * s.height.out + band.row) * s.width.out + band.column, to,
              reinterpret_cast<T*>(buffer.memory()), reinterpret_cast<T*>(turned.memory()));
        }
      }
    }
  });
  for (int64_t chunk = 1; chunk < chunks; ++chunk)
    for (int64_t i = 0; i < all; ++i) sums[i] += sums[chunk * all + i];
  if (few) {
    std::copy_n(sums, all, w);
    return;
  }
  for (int64_t i = 0; i < g.groups * blocks; ++i) {
    const int64_t channel = i % blocks * lanes, channels = std::min(lanes, g.out - channel);
    constexpr int64_t bytes = sizeof(T);
    transpose({reinterpret_cast<const char*>(sums + i * block),
               reinterpret_cast<char*>(w + (i / blocks * g.out + channel) * s.terms), channels,
               s.terms, lanes * bytes, s.terms * bytes, bytes, false});
  }
}

}  // namespace

void conv(const ConvGeometry& g, const Array& x, const Array& w, const Array* bias,
          const Array& y) {
  dispatch_floating(y.dtype, [&]<class T>() {
    conv_of(g, x.data<T>(), w.data<T>(), bias ? bias->data<T>() : nullptr, y.data<T>());
  });
}

void conv_transpose(const ConvGeometry& g, const Array& y, const Array& w, const Array* bias,
                    const Array& x) {
  dispatch_floating(x.dtype, [&]<class T>() {
    transposed_of(g, y.data<T>(), w.data<T>(), bias ? bias->data<T>() : nullptr, x.data<T>());
  });
}

void conv_weight(const ConvGeometry& g, const Array& x, const Array& y, const Array& w) {
  dispatch_floating(w.dtype,
                    [&]<class T>() { weight_of(g, x.data<T>(), y.data<T>(), w.data<T>()); });
}

}  // namespace cinta::kernels
