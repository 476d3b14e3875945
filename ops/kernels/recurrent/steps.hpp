#pragma once
// How forward and backward walk: steps in order, units of the state side by side. Only for
// *_simd.cpp files.

#include <algorithm>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/kernels/gemm/tile.hpp>
#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/recurrent/cells.hpp>

namespace cinta::kernels {

/// Where things lie among the steps of a layer.
struct Steps {
  explicit Steps(const RecurrentLayer& layer)
      : layer(layer),
        step(layer.batch_first ? 1 : layer.batch),
        sequence(layer.batch_first ? layer.steps : 1) {}

  const RecurrentLayer& layer;
  int64_t step, sequence;  ///< rows from a step to the next one, and between sequences

  /// The step that comes at this place in the direction's order.
  int64_t at(int64_t place) const { return layer.reverse ? layer.steps - 1 - place : place; }
  int64_t row(int64_t t, int64_t b) const { return t * step + b * sequence; }
  bool exists(int64_t t, int64_t b) const { return !layer.lengths || t < layer.lengths[b]; }
};

/// Tasks of so many multiplications each that are worth a thread.
inline int64_t worth_a_thread(int64_t work) { return 128 * 1024 / std::max<int64_t>(1, work) + 1; }

/// A matrix (k, n) that steps multiply with from the left, in panels of columns as wide as the
/// kernel's tiles: it is arranged once for all steps, if they are more than a few.
template <class T>
class Panels {
 public:
  Panels(int64_t k, int64_t n, int64_t parts, const T* data, int64_t row, int64_t column,
         int64_t part, int64_t steps)
      : k_(k),
        parts_(parts),
        packed_(steps > 2),
        width_(packed_ ? tile_columns<T> : std::max<int64_t>(n, 1)),
        count_((n + width_ - 1) / width_),
        columns_(n),
        data_(data),
        row_(row),
        column_(column),
        part_(part),
        memory_(packed_ ? std::size_t(k * count_ * width_ * parts) * sizeof(T) : 0) {
    if (!packed_) return;
    for (int64_t p = 0; p < count_; ++p) {
      for (int64_t i = 0; i < parts; ++i) {
        const Shape shape{k, size(p)};
        const Strides from{row, column}, to{width_, 1};
        const T* const first = data + i * part + p * width_ * column;
        copy({const_cast<T*>(first), shape, from, dtype_of<T>},
             {arranged() + (p * parts + i) * k * width_, shape, to, dtype_of<T>});
      }
    }
  }

  int64_t count() const { return count_; }
  int64_t width() const { return width_; }
  int64_t first(int64_t panel) const { return panel * width_; }
  int64_t size(int64_t panel) const { return std::min(width_, columns_ - panel * width_); }

  /// y (m, columns of the panel) = or += a (m, k) x the panel of a part of the matrix.
  void multiply(int64_t panel, int64_t part, int64_t m, const T* a, int64_t a_row, T* y,
                int64_t y_row, bool accumulate) {
    Product<T> p{m, size(panel), k_, a, a_row, 1, nullptr, 0, 0, y, y_row, accumulate};
    if (packed_) {
      p.b = arranged() + (panel * parts_ + part) * k_ * width_;
      p.b_row = width_;
      p.b_col = 1;
    } else {
      p.b = data_ + part * part_;
      p.b_row = row_;
      p.b_col = column_;
    }
    run(p);
  }

  /// A product of a panel's own: of few steps by what is best for it, perhaps in several threads.
  void run(const Product<T>& p) const { packed_ ? multiply_tiled(p) : kernels::multiply(p); }

  /// Panels that are worth a thread.
  int64_t grain(int64_t m) const { return worth_a_thread(m * k_ * parts_ * width_); }

 private:
  T* arranged() { return reinterpret_cast<T*>(memory_.memory()); }

  int64_t k_, parts_;
  bool packed_;
  int64_t width_, count_, columns_;
  const T* data_;
  int64_t row_, column_, part_;
  Scratch memory_;
};

/// Values of all rows of steps, for `parts` gates of units in panels: a dense matrix (rows, units
/// of the panel) for each panel and part, so that steps come by them in the order of memory and
/// each thread has its own pages.
template <class T>
class PanelRows {
 public:
  PanelRows(T* data, int64_t rows, int64_t parts, int64_t units, int64_t width)
      : data_(data), rows_(rows), parts_(parts), units_(units), width_(width) {}

  int64_t columns(int64_t panel) const { return std::min(width_, units_ - panel * width_); }
  /// Elements between two parts.
  int64_t part(int64_t panel) const { return rows_ * columns(panel); }
  T* at(int64_t panel, int64_t part, int64_t row) const {
    return data_ + rows_ * (parts_ * panel * width_ + part * columns(panel)) + row * columns(panel);
  }

 private:
  T* data_;
  int64_t rows_, parts_, units_, width_;
};

/// The panel that comes at place i of [begin, end) in a step: every other step goes backwards, so
/// that it begins with what the one before left in the cache, which may be too small for all.
inline int64_t to_and_fro(int64_t step, int64_t i, int64_t begin, int64_t end) {
  return step % 2 == 0 ? i : begin + end - 1 - i;
}

/// Calls f with the kind as a constant.
template <class F>
void dispatch_recurrence(Recurrence kind, const F& f) {
  switch (kind) {
    case Recurrence::lstm: return f.template operator()<Recurrence::lstm>();
    case Recurrence::gru: return f.template operator()<Recurrence::gru>();
    case Recurrence::tanh: return f.template operator()<Recurrence::tanh>();
    case Recurrence::relu: return f.template operator()<Recurrence::relu>();
  }
}

}  // namespace cinta::kernels
