#pragma once
// What cells compute of their gates, forward beside backward, for some units of one sequence at one
// step. Only for *_simd.cpp files: each instruction set compiles its own copy.

#include <cinta/ops/kernels/recurrent/recurrent.hpp>
#include <cinta/ops/kernels/simd/masked.hpp>
#include <cinta/ops/kernels/simd/math.hpp>

namespace cinta::kernels {

using std::int64_t;

template <class T>
using Batch = xsimd::batch<T>;

/// Calls f(k, m) for vectors that begin at element k, of which the first m exist.
template <class T, class F>
void for_vectors(int64_t n, const F& f) {
  constexpr int64_t size = Batch<T>::size;
  int64_t k = 0;
  for (; k + size <= n; k += size) f(k, size);
  if (k < n) f(k, n - k);
}
template <class T>
Batch<T> get(const T* p, int64_t m) {
  return m == int64_t(Batch<T>::size) ? Batch<T>::load_unaligned(p) : load_some(p, m, T(0));
}
template <class T>
void put(const Batch<T>& v, T* p, int64_t m) {
  m == int64_t(Batch<T>::size) ? v.store_unaligned(p) : store_some(v, p, m);
}

/// Gate number i of the units at hand lies `part` elements behind the one before.
template <class T>
struct CellForward {
  T* gates;            ///< sums without biases; becomes what the functions give
  int64_t part;        ///< of gates
  const T* bias;       ///< of gates; one gate's lies `hidden` elements behind the one before
  const T* bias_of_n;  ///< gru: of the states' share of n, which `cell` comes with
  const T* before;     ///< h of the step before
  T* c;                ///< lstm: the running state
  T *cell, *h, *y;     ///< where they go
};

template <class T>
struct CellBackward {
  const T *gates, *cell, *before;
  int64_t part;       ///< of gates
  const T* c_before;  ///< lstm
  const T* h;         ///< the step's own
  const T* dy;        ///< may be null
  T *dh, *dc;         ///< of the state; becomes that of the state before, without the weights' part
  // Gradients of the gates' sums. gru's states' share of n has one of its own, behind the others in
  // `kept` and in the place of n in `of_states`; `of_inputs` is for gru alone.
  T* kept;
  int64_t kept_part;
  T *of_states, *of_inputs;  ///< `hidden` elements from gate to gate

  void slope(int64_t gate, const Batch<T>& value, int64_t hidden, int64_t k, int64_t m) const {
    put(value, kept + gate * kept_part + k, m);
    put(value, of_states + gate * hidden + k, m);
  }
};

template <class B>
B slope_of_sigmoid(const B& y) {
  return y * (B(1) - y);
}
template <class B>
B slope_of_tanh(const B& y) {
  return B(1) - y * y;
}

template <Recurrence>
struct Cell;

template <>
struct Cell<Recurrence::lstm> {
  template <class T>
  [[gnu::flatten]] static void forward(const CellForward<T>& s, int64_t hidden, int64_t n) {
    for_vectors<T>(n, [=](int64_t k, int64_t m) {
      const auto sum = [=](int64_t gate) {
        return get(s.gates + gate * s.part + k, m) + get(s.bias + gate * hidden + k, m);
      };
      const Batch<T> i = sigmoid(sum(0)), f = sigmoid(sum(1)), g = tanh(sum(2)),
                     o = sigmoid(sum(3));
      const Batch<T> c = f * get(s.c + k, m) + i * g, h = o * tanh(c);
      put(i, s.gates + k, m);
      put(f, s.gates + s.part + k, m);
      put(g, s.gates + 2 * s.part + k, m);
      put(o, s.gates + 3 * s.part + k, m);
      put(c, s.c + k, m);
      put(c, s.cell + k, m);
      put(h, s.h + k, m);
      put(h, s.y + k, m);
    });
  }

  template <class T>
  [[gnu::flatten]] static void backward(const CellBackward<T>& s, int64_t hidden, int64_t n) {
    for_vectors<T>(n, [=](int64_t k, int64_t m) {
      const Batch<T> i = get(s.gates + k, m), f = get(s.gates + s.part + k, m),
                     g = get(s.gates + 2 * s.part + k, m), o = get(s.gates + 3 * s.part + k, m);
      const Batch<T> t = tanh(get(s.cell + k, m));
      Batch<T> dh = get(s.dh + k, m);
      if (s.dy) dh += get(s.dy + k, m);
      const Batch<T> dc = get(s.dc + k, m) + dh * o * slope_of_tanh(t);
      s.slope(0, dc * g * slope_of_sigmoid(i), hidden, k, m);
      s.slope(1, dc * get(s.c_before + k, m) * slope_of_sigmoid(f), hidden, k, m);
      s.slope(2, dc * i * slope_of_tanh(g), hidden, k, m);
      s.slope(3, dh * t * slope_of_sigmoid(o), hidden, k, m);
      put(dc * f, s.dc + k, m);
      put(Batch<T>(0), s.dh + k, m);
    });
  }
};

template <>
struct Cell<Recurrence::gru> {
  template <class T>
  [[gnu::flatten]] static void forward(const CellForward<T>& s, int64_t hidden, int64_t n) {
    for_vectors<T>(n, [=](int64_t k, int64_t m) {
      const auto sum = [=](int64_t gate) {
        return get(s.gates + gate * s.part + k, m) + get(s.bias + gate * hidden + k, m);
      };
      const Batch<T> r = sigmoid(sum(0)), z = sigmoid(sum(1));
      const Batch<T> share = get(s.cell + k, m) + get(s.bias_of_n + k, m);
      const Batch<T> fresh = tanh(sum(2) + r * share);
      const Batch<T> h = (Batch<T>(1) - z) * fresh + z * get(s.before + k, m);
      put(r, s.gates + k, m);
      put(z, s.gates + s.part + k, m);
      put(fresh, s.gates + 2 * s.part + k, m);
      put(share, s.cell + k, m);
      put(h, s.h + k, m);
      put(h, s.y + k, m);
    });
  }

  template <class T>
  [[gnu::flatten]] static void backward(const CellBackward<T>& s, int64_t hidden, int64_t n) {
    for_vectors<T>(n, [=](int64_t k, int64_t m) {
      const Batch<T> r = get(s.gates + k, m), z = get(s.gates + s.part + k, m),
                     fresh = get(s.gates + 2 * s.part + k, m), share = get(s.cell + k, m);
      Batch<T> dh = get(s.dh + k, m);
      if (s.dy) dh += get(s.dy + k, m);
      const Batch<T> dn = dh * (Batch<T>(1) - z) * slope_of_tanh(fresh);
      const Batch<T> dr = dn * share * slope_of_sigmoid(r);
      const Batch<T> dz = dh * (get(s.before + k, m) - fresh) * slope_of_sigmoid(z);
      s.slope(0, dr, hidden, k, m);
      s.slope(1, dz, hidden, k, m);
      put(dn, s.kept + 2 * s.kept_part + k, m);
      put(dn * r, s.kept + 3 * s.kept_part + k, m);
      put(dn * r, s.of_states + 2 * hidden + k, m);
      put(dr, s.of_inputs + k, m);
      put(dz, s.of_inputs + hidden + k, m);
      put(dn, s.of_inputs + 2 * hidden + k, m);
      put(dh * z, s.dh + k, m);
    });
  }
};

/// h = f(a), with f' from h. NaN, which compares false, stays.
template <Recurrence kind>
requires(kind == Recurrence::tanh || kind == Recurrence::relu) struct Cell<kind> {
  template <class T>
  [[gnu::flatten]] static void forward(const CellForward<T>& s, int64_t, int64_t n) {
    for_vectors<T>(n, [=](int64_t k, int64_t m) {
      const Batch<T> a = get(s.gates + k, m) + get(s.bias + k, m);
      Batch<T> h;
      if constexpr (kind == Recurrence::tanh)
        h = tanh(a);
      else
        h = select(a <= Batch<T>(0), Batch<T>(0), a);
      put(h, s.gates + k, m);
      put(h, s.h + k, m);
      put(h, s.y + k, m);
    });
  }

  template <class T>
  [[gnu::flatten]] static void backward(const CellBackward<T>& s, int64_t hidden, int64_t n) {
    for_vectors<T>(n, [=](int64_t k, int64_t m) {
      const Batch<T> h = get(s.h + k, m);
      Batch<T> dh = get(s.dh + k, m);
      if (s.dy) dh += get(s.dy + k, m);
      if constexpr (kind == Recurrence::tanh)
        dh = dh * slope_of_tanh(h);
      else
        dh = select(h <= Batch<T>(0), Batch<T>(0), dh);
      s.slope(0, dh, hidden, k, m);
      put(Batch<T>(0), s.dh + k, m);
    });
  }
};

}  // namespace cinta::kernels
