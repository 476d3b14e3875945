// Compiled once per instruction set; see recurrent.hpp.

#include <cinta/ops/kernels/recurrent/steps.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void recurrent_forward(const RecurrentLayer& layer, const Array* bias_ih, const Array* bias_hh,
                       const RecurrentTrace& trace, const Array& y, const Array& h_n,
                       const Array* c_n);

namespace {

// Both biases as one, but for gru's states' share of n, which is multiplied by r: that one lies
// behind.
template <class T>
void join_biases(const RecurrentLayer& layer, const Array* ih, const Array* hh, T* to) {
  const int64_t count = gates_of(layer.kind) * layer.hidden;
  if (!ih) return;
  for (int64_t i = 0; i < count; ++i) {
    const T from_state = hh->data<T>()[i * hh->strides[0]];
    const bool apart = layer.kind == Recurrence::gru && i >= 2 * layer.hidden;
    to[i] = ih->data<T>()[i * ih->strides[0]] + (apart ? T(0) : from_state);
    if (apart) to[i + layer.hidden] = from_state;
  }
}

template <class T, Recurrence kind>
void forward(const RecurrentLayer& layer, const Array* bias_ih, const Array* bias_hh,
             const RecurrentTrace& trace, const Array& y, const Array& h_n, const Array* c_n) {
  constexpr int64_t gates = gates_of(kind);
  constexpr bool traced = kind == Recurrence::lstm || kind == Recurrence::gru;
  const Steps at(layer);
  const int64_t hidden = layer.hidden, batch = layer.batch, rows = layer.steps * batch,
                in = layer.x.shape.back();
  const Array &ih = layer.weight_ih, &hh = layer.weight_hh;
  Panels<T> panels(hidden, hidden, gates, hh.data<T>(), hh.strides[1], hh.strides[0],
                   hidden * hh.strides[0], layer.steps);
  const PanelRows<T> sums(trace.gates.data<T>(), rows, gates, hidden, panels.width()),
      cells(trace.cell ? trace.cell->data<T>() : nullptr, rows, 1, hidden, panels.width());
  Buffer<T> bias((gates + 1) * hidden), states(2 * batch * hidden);
  join_biases(layer, bias_ih, bias_hh, bias.data());
  T* const state[] = {states.data(), states.data() + batch * hidden};
  copy(layer.h0, {state[0], h_n.shape, h_n.strides, h_n.dtype});
  T* c = nullptr;
  if constexpr (kind == Recurrence::lstm) {
    copy(*layer.c0, *c_n);  // which runs along
    c = c_n->data<T>();
  }

  // The inputs' share of all gates.
  parallel_for(panels.count(), panels.grain(rows), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      for (int64_t gate = 0; gate < gates; ++gate) {
        const int64_t unit = gate * hidden + panels.first(p), n = panels.size(p);
        panels.run(Product<T>{rows, n, in, layer.x.data<T>(), in, 1,
                              ih.data<T>() + unit * ih.strides[0], ih.strides[1], ih.strides[0],
                              sums.at(p, gate, 0), n, false});
      }
    }
  });
  for (int64_t place = 0; place < layer.steps; ++place) {
    const int64_t t = at.at(place);
    const T* const before = state[place % 2];
    T* const after = state[(place + 1) % 2];
    // The gates of some units, and at once what they make of the state.
    parallel_for(panels.count(), panels.grain(batch),
                 [&, place, t, before, after, c](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     const int64_t p = to_and_fro(place, i, begin, end);
                     const int64_t u = panels.first(p), n = panels.size(p);
                     for (int64_t gate = 0; gate < gates; ++gate) {
                       const bool apart = kind == Recurrence::gru && gate == 2;
                       panels.multiply(
                           p, gate, batch, before, hidden,
                           apart ? cells.at(p, 0, at.row(t, 0)) : sums.at(p, gate, at.row(t, 0)),
                           at.sequence * n, !apart);
                     }
                     for (int64_t b = 0; b < batch; ++b) {
                       const int64_t row = at.row(t, b), own = b * hidden + u;
                       const CellForward<T> s{.gates = sums.at(p, 0, row),
                                              .part = sums.part(p),
                                              .bias = bias.data() + u,
                                              .bias_of_n = bias.data() + gates * hidden + u,
                                              .before = before + own,
                                              .c = c ? c + own : nullptr,
                                              .cell = traced ? cells.at(p, 0, row) : nullptr,
                                              .h = after + own,
                                              .y = y.data<T>() + row * hidden + u};
                       if (at.exists(t, b)) {
                         Cell<kind>::forward(s, hidden, n);
                         continue;
                       }
                       for (int64_t gate = 0; gate < gates; ++gate)
                         std::fill_n(s.gates + gate * s.part, n, T(0));
                       std::fill_n(s.y, n, T(0));
                       std::copy_n(s.before, n, s.h);
                       if constexpr (kind == Recurrence::lstm) std::copy_n(s.c, n, s.cell);
                       if constexpr (kind == Recurrence::gru) std::fill_n(s.cell, n, T(0));
                     }
                   }
                 });
  }
  std::copy_n(state[layer.steps % 2], batch * hidden, h_n.data<T>());
}

}  // namespace

void recurrent_forward(const RecurrentLayer& layer, const Array* bias_ih, const Array* bias_hh,
                       const RecurrentTrace& trace, const Array& y, const Array& h_n,
                       const Array* c_n) {
  dispatch_floating(y.dtype, [&]<class T>() {
    dispatch_recurrence(layer.kind, [&]<Recurrence kind>() {
      forward<T, kind>(layer, bias_ih, bias_hh, trace, y, h_n, c_n);
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
