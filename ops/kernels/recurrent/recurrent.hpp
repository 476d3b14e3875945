#pragma once
// A recurrent layer: its steps, which have to wait for each other, and what need not wait, the
// products of all inputs and of the weights' gradients.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// What a cell computes of its gates' sums a, and how many gates it has.
enum class Recurrence {
  lstm,  ///< i, f, g, o: c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c)
  gru,   ///< r, z, n: h = (1 - z) tanh(n + sigmoid(r) hidden_n) + sigmoid(z) h
  tanh,
  relu,
};
constexpr std::int64_t gates_of(Recurrence kind) {
  return kind == Recurrence::lstm ? 4 : kind == Recurrence::gru ? 3 : 1;
}

/// One layer in one direction. Arrays called "of steps" are dense (steps, batch, ...), or (batch,
/// steps, ...) if `batch_first`; states are (batch, hidden).
struct RecurrentLayer {
  Recurrence kind;
  std::int64_t steps, batch, hidden;
  bool batch_first, reverse;
  const std::int64_t*
      lengths;             ///< of each sequence, which later steps leave alone; null: all steps
  const Array& x;          ///< of steps (..., in)
  const Array& weight_ih;  ///< (gates x hidden, in)
  const Array& weight_hh;  ///< (gates x hidden, hidden)
  const Array& h0;
  const Array* c0;  ///< of lstm
};

/// What the backward wants to see of steps again: gates after their functions, as many as of steps
/// (..., gates x hidden), and `cell`, as of steps (..., hidden): the state c of lstm, hidden_n of
/// gru, null for others. In the order in which steps come by them (steps.hpp).
struct RecurrentTrace {
  const Array& gates;
  const Array* cell;
};

/// bias_ih and bias_hh (gates x hidden) may be null. Writes y of steps (..., hidden), zeros behind
/// a sequence's end, the states at the end and the trace.
void recurrent_forward(const RecurrentLayer& layer, const Array* bias_ih, const Array* bias_hh,
                       const RecurrentTrace& trace, const Array& y, const Array& h_n,
                       const Array* c_n);

/// Gradients of what the forward wrote; null: none.
struct RecurrentSlopes {
  const Array *y, *h_n, *c_n;
};

/// What the backward writes, all dense; null: not wanted. The biases' are the same but for gru.
struct RecurrentGradients {
  const Array* x;
  const Array& h0;
  const Array* c0;  ///< of lstm
  const Array *weight_ih, *weight_hh, *bias_ih, *bias_hh;
};

void recurrent_backward(const RecurrentLayer& layer, const RecurrentTrace& trace, const Array& y,
                        const RecurrentSlopes& slopes, const RecurrentGradients& to);

}  // namespace cinta::kernels
