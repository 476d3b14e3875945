// Compiled once per instruction set; see recurrent.hpp.

#include <cinta/ops/kernels/recurrent/weights.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void recurrent_backward(const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
                        const RecurrentSlopes& slopes, const RecurrentGradients& to);

namespace {

// Row b of a state with any strides, as of one that is dense.
template <class T>
void copy_state(const Array* from, const Array& to) {
  if (from)
    copy(*from, to);
  else
    std::fill_n(to.data<T>(), to.numel(), T(0));
}

template <class T, Recurrence kind>
class Backward {
 public:
  Backward(const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
           const RecurrentSlopes& slopes, const RecurrentGradients& to)
      : layer_(layer),
        slopes_(slopes),
        to_(to),
        at_(layer),
        y_(y.data<T>()),
        states_(wide_, hidden_, 1, layer.weight_hh.data<T>(), layer.weight_hh.strides[0],
                layer.weight_hh.strides[1], 0, layer.steps),
        inputs_(wide_, to.x ? in_ : 0, 1, layer.weight_ih.data<T>(), layer.weight_ih.strides[0],
                layer.weight_ih.strides[1], 0, layer.steps),
        gates_(trace.gates.data<T>(), rows_, gates, hidden_, states_.width()),
        cells_(trace.cell ? trace.cell->data<T>() : nullptr, rows_, 1, hidden_, states_.width()),
        first_(2 * batch_ * hidden_),
        h0_(first_.data()),
        c0_(first_.data() + batch_ * hidden_),
        steps_(std::size_t(shares * (at_once_ ? rows_ : 2 * batch_) * apart_) * sizeof(T)),
        kept_memory_(std::size_t(rows_ * kept_parts * padded()) * sizeof(T)),
        kept_(reinterpret_cast<T*>(kept_memory_.memory()), rows_, kept_parts, padded(),
              states_.width()) {
    copy(layer.h0, {h0_, to.h0.shape, to.h0.strides, to.h0.dtype});
    if (layer.c0) copy(*layer.c0, {c0_, to.h0.shape, to.h0.strides, to.h0.dtype});
    // The state's gradient runs along in its place.
    copy_state<T>(slopes.h_n, to.h0);
    if (to.c0) copy_state<T>(slopes.c_n, *to.c0);
    const int64_t last = states_.count() - 1;
    if (padded() > hidden_)
      std::fill_n(kept_.at(last, 0, 0), kept_parts * rows_ * states_.width(), T(0));
  }

  void run() {
    for (int64_t place = layer_.steps - 1; place >= -1; --place) {
      parallel_for(states_.count(), states_.grain(batch_), [=, this](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t p = to_and_fro(place + 1, i, begin, end);
          if (place < layer_.steps - 1) through_weights(p, place + 1);
          if (place >= 0) cells(p, place);
        }
      });
    }
    if (to_.x) to_inputs();
    to_weights();
  }

 private:
  static constexpr int64_t gates = gates_of(kind);
  static constexpr bool traced = kind == Recurrence::lstm || kind == Recurrence::gru;
  // gru's states and inputs have different shares of n.
  static constexpr int64_t shares = kind == Recurrence::gru ? 2 : 1,
                           kept_parts = gates + shares - 1;

  // The gradients of a step's gates, a row (gates x hidden), for the states and for the inputs.
  // They are read while those of the step before are being written.
  T* step(int64_t place, int64_t b, bool of_inputs) {
    const int64_t row = at_once_ ? at_.row(at_.at(place), b) : place % 2 * batch_ + b;
    const int64_t share = shares == 2 && of_inputs;
    return reinterpret_cast<T*>(steps_.memory()) + (row * shares + share) * apart_;
  }
  int64_t step_row() const { return shares * apart_ * (at_once_ ? at_.sequence : 1); }
  int64_t padded() const { return states_.count() * states_.width(); }

  const T* before(int64_t place, int64_t b) const {
    const int64_t t = at_.at(place - 1);
    return place == 0 || !at_.exists(t, b) ? h0_ + b * hidden_ : y_ + at_.row(t, b) * hidden_;
  }

  // From a step's gates to the state before it, and to a share of its inputs.
  void through_weights(int64_t p, int64_t place) {
    states_.multiply(p, 0, batch_, step(place, 0, false), step_row(),
                     to_.h0.template data<T>() + states_.first(p), hidden_, true);
    if (at_once_) return;
    const int64_t count = states_.count(), row = at_.row(at_.at(place), 0);
    for (int64_t q = p * inputs_.count() / count; q < (p + 1) * inputs_.count() / count; ++q) {
      inputs_.multiply(q, 0, batch_, step(place, 0, true), step_row(),
                       to_.x->template data<T>() + row * in_ + inputs_.first(q), at_.sequence * in_,
                       false);
    }
  }

  // Where steps did not.
  void to_inputs() {
    T* const dx = to_.x->template data<T>();
    if (hidden_ == 0) std::fill_n(dx, rows_ * in_, T(0));
    if (!at_once_ || rows_ == 0) return;
    const T* const all = reinterpret_cast<T*>(steps_.memory()) + (shares - 1) * apart_;
    parallel_for(inputs_.count(), inputs_.grain(rows_), [=, this](int64_t begin, int64_t end) {
      for (int64_t q = begin; q < end; ++q)
        inputs_.multiply(q, 0, rows_, all, shares * apart_, dx + inputs_.first(q), in_, false);
    });
  }

  void cells(int64_t p, int64_t place) {
    const int64_t t = at_.at(place), u = states_.first(p), n = states_.size(p);
    for (int64_t b = 0; b < batch_; ++b) {
      const int64_t row = at_.row(t, b), own = b * hidden_ + u;
      CellBackward<T> s{
          .gates = gates_.at(p, 0, row),
          .cell = traced ? cells_.at(p, 0, row) : nullptr,
          .before = before(place, b) + u,
          .part = gates_.part(p),
          .c_before = nullptr,
          .h = y_ + row * hidden_ + u,
          .dy = slopes_.y ? slopes_.y->template data<T>() + row * hidden_ + u : nullptr,
          .dh = to_.h0.template data<T>() + own,
          .dc = to_.c0 ? to_.c0->template data<T>() + own : nullptr,
          .kept = kept_.at(p, 0, row),
          .kept_part = kept_.part(p),
          .of_states = step(place, b, false) + u,
          .of_inputs = step(place, b, true) + u};
      if constexpr (kind == Recurrence::lstm)
        s.c_before = place == 0 ? c0_ + own : cells_.at(p, 0, at_.row(at_.at(place - 1), b));
      if (at_.exists(t, b)) {
        Cell<kind>::backward(s, hidden_, n);
        continue;
      }
      for (int64_t gate = 0; gate < kept_parts; ++gate)
        std::fill_n(s.kept + gate * s.kept_part, n, T(0));
      for (T* all : {s.of_states, s.of_inputs})
        for (int64_t gate = 0; gate < gates; ++gate) std::fill_n(all + gate * hidden_, n, T(0));
    }
  }

  void to_weights() {
    Strips<T> inputs(rows_, to_.weight_ih ? in_ : 0), states(rows_, to_.weight_hh ? hidden_ : 0);
    parallel_for(rows_, grain_of(in_ + hidden_), [&, this](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t place = i / batch_, b = i % batch_, t = at_.at(place), row = at_.row(t, b);
        // What lies behind a sequence's end may be anything, and 0 times NaN is none of it.
        inputs.put(row, at_.exists(t, b) ? layer_.x.data<T>() + row * in_ : nullptr);
        states.put(row, before(place, b));
      }
    });
    // Slopes and strips lie where other threads wrote them: a task has to be large for that.
    const int64_t work = rows_ * (in_ + hidden_) * states_.width() / 8;
    parallel_for(states_.count() * gates, worth_a_thread(work),
                 [&, this](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     const int64_t p = i / gates, gate = i % gates, n = states_.size(p),
                                   wide = states_.width();
                     const int64_t first = gate * hidden_ + states_.first(p);
                     const bool apart = shares == 2 && gate == gates - 1;
                     if (to_.weight_ih)
                       inputs.multiply(kept_.at(p, gate, 0), wide, n,
                                       to_.weight_ih->template data<T>() + first * in_);
                     if (to_.weight_hh)
                       states.multiply(kept_.at(p, gate + apart, 0), wide, n,
                                       to_.weight_hh->template data<T>() + first * hidden_);
                     if (gate == 0 && to_.bias_ih) to_bias(p, gates, 0, *to_.bias_ih);
                     if (gate == 0 && to_.bias_hh) {
                       to_bias(p, gates, 0, *to_.bias_hh);
                       if (shares == 2) to_bias(p, 1, gates, *to_.bias_hh);
                     }
                   }
                 });
  }

  // From so many parts of kept slopes, the first of which may be the states' own share of n.
  void to_bias(int64_t p, int64_t count, int64_t part, const Array& to) {
    const int64_t gate = std::min(part, gates - 1);
    bias_gradient<T>(rows_, count, kept_.at(p, part, 0), kept_.part(p), states_.width(),
                     states_.size(p), hidden_, to.data<T>() + gate * hidden_ + states_.first(p));
  }

  const RecurrentLayer& layer_;
  const RecurrentSlopes& slopes_;
  const RecurrentGradients& to_;
  const Steps at_;
  const int64_t hidden_ = layer_.hidden, batch_ = layer_.batch, rows_ = layer_.steps * batch_,
                in_ = layer_.x.shape.back(), wide_ = gates * hidden_;
  // Rows of steps' gates lie a line further apart, since those a power of two apart would push each
  // other out of the first cache.
  const int64_t apart_ = wide_ + 64 / int64_t(sizeof(T));
  // Whether the products for the inputs wait for all steps, of which one has few rows.
  const bool at_once_ = batch_ < tile_rows && to_.x;
  const T* const y_;
  Panels<T> states_, inputs_;
  const PanelRows<T> gates_, cells_;
  Buffer<T> first_;
  T *const h0_, *const c0_;
  Scratch steps_, kept_memory_;
  const PanelRows<T> kept_;
};

}  // namespace

void recurrent_backward(const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
                        const RecurrentSlopes& slopes, const RecurrentGradients& to) {
  dispatch_floating(y.dtype, [&]<class T>() {
    dispatch_recurrence(layer.kind, [&]<Recurrence kind>() {
      Backward<T, kind>(layer, trace, y, slopes, to).run();
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
