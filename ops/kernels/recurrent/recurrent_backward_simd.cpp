// Compiled once per instruction set; see recurrent.hpp.

#include <cinta/ops/kernels/recurrent/steps.hpp>

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

// The states that steps came from: of the step before if there was one, else the first.
template <class T>
void find_previous(const Steps& at, const T* h0, const T* y, T* to) {
  const int64_t hidden = at.layer.hidden, batch = at.layer.batch;
  parallel_for(at.layer.steps * batch, grain_of(hidden), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t t = at.at(i / batch), b = i % batch, before = at.at(i / batch - 1);
      const bool first = i < batch || !at.exists(before, b);
      std::copy_n(first ? h0 + b * hidden : y + at.row(before, b) * hidden, hidden,
                  to + at.row(t, b) * hidden);
    }
  });
}

template <class T, Recurrence kind>
void backward(const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
              const RecurrentSlopes& slopes, const RecurrentGradients& to) {
  constexpr int64_t gates = gates_of(kind);
  const Steps at(layer);
  const int64_t hidden = layer.hidden, batch = layer.batch, wide = gates * hidden;
  const Array& w = layer.weight;
  Panels<T> panels(wide, hidden, 1, w.data<T>(), w.strides[0], w.strides[1], 0, layer.steps);
  Buffer<T> first(2 * batch * hidden);
  T *const h0 = first.data(), *const c0 = h0 + batch * hidden;
  copy(layer.h0, {h0, to.h0.shape, to.h0.strides, to.h0.dtype});
  if (layer.c0) copy(*layer.c0, {c0, to.h0.shape, to.h0.strides, to.h0.dtype});
  find_previous(at, h0, y.data<T>(), to.previous.data<T>());

  // The state's gradient runs along in its place.
  copy_state<T>(slopes.h_n, to.h0);
  if (to.c0) copy_state<T>(slopes.c_n, *to.c0);
  T *const dh = to.h0.data<T>(), *const dc = to.c0 ? to.c0->data<T>() : nullptr;
  T* const dgates = to.gates.data<T>();
  T* const dhidden = to.hidden_gates ? to.hidden_gates->data<T>() : nullptr;

  // Through the weights, from step t's gates to the state before it.
  const auto through_weights = [&](int64_t p, int64_t t) {
    panels.multiply(p, 0, batch, (dhidden ? dhidden : dgates) + at.row(t, 0) * wide,
                    at.sequence * wide, dh + panels.first(p), hidden, true);
  };
  for (int64_t place = layer.steps - 1; place >= 0; --place) {
    const int64_t t = at.at(place);
    const bool last = place == layer.steps - 1;
    parallel_for(
        panels.count(), panels.grain(batch), [&, t, last, place](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            const int64_t p = to_and_fro(place, i, begin, end);
            if (!last) through_weights(p, at.at(place + 1));
            const int64_t u = panels.first(p), n = panels.size(p);
            for (int64_t b = 0; b < batch; ++b) {
              const int64_t row = at.row(t, b), own = b * hidden + u;
              T* const gradients = dgates + row * wide + u;
              T* const of_hidden = dhidden ? dhidden + row * wide + u : nullptr;
              if (!at.exists(t, b)) {
                for (T* all : {gradients, of_hidden})
                  for (int64_t gate = 0; all && gate < gates; ++gate)
                    std::fill_n(all + gate * hidden, n, T(0));
                continue;
              }
              CellBackward<T> s{.gates = trace.gates.data<T>() + row * wide + u,
                                .cell = nullptr,
                                .before = to.previous.data<T>() + row * hidden + u,
                                .c_before = nullptr,
                                .h = y.data<T>() + row * hidden + u,
                                .dy = slopes.y ? slopes.y->data<T>() + row * hidden + u : nullptr,
                                .dh = dh + own,
                                .dc = dc ? dc + own : nullptr,
                                .dgates = gradients,
                                .dhidden = of_hidden};
              if (trace.cell) s.cell = trace.cell->data<T>() + row * hidden + u;
              if constexpr (kind == Recurrence::lstm) {
                s.c_before = place == 0
                                 ? c0 + own
                                 : trace.cell->data<T>() + at.row(at.at(place - 1), b) * hidden + u;
              }
              Cell<kind>::backward(s, hidden, n);
            }
          }
        });
  }
  if (layer.steps == 0) return;
  parallel_for(panels.count(), panels.grain(batch), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) through_weights(p, at.at(0));
  });
}

}  // namespace

void recurrent_backward(const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
                        const RecurrentSlopes& slopes, const RecurrentGradients& to) {
  dispatch_floating(y.dtype, [&]<class T>() {
    dispatch_recurrence(layer.kind,
                        [&]<Recurrence kind>() { backward<T, kind>(layer, trace, y, slopes, to); });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
