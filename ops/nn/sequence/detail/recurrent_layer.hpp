#pragma once
// Private to ops: one recurrent layer in one direction, the operation that all are made of.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/kernels/recurrent/recurrent.hpp>

namespace cinta::detail {

/// What it is, and where its inputs and outputs stand.
struct RecurrentCall {
  const char* name;  ///< a literal
  kernels::Recurrence kind;
  bool batch_first, reverse, biased, padded;

  bool has_cell() const { return kind == kernels::Recurrence::lstm; }
  /// Whether the backward needs more of a step than gates and state.
  bool is_traced() const { return has_cell() || kind == kernels::Recurrence::gru; }
  // x, h, perhaps c, weights, perhaps biases, perhaps lengths.
  int ih() const { return has_cell() ? 3 : 2; }
  int hh() const { return ih() + 1; }
  int bias_ih() const { return ih() + 2; }
  int bias_hh() const { return ih() + 3; }
  int lengths() const { return ih() + (biased ? 4 : 2); }
  int inputs() const { return lengths() + (padded ? 1 : 0); }
  // y, h, perhaps c, gates, perhaps what else steps leave for the backward.
  int gates() const { return has_cell() ? 3 : 2; }
  int trace() const { return gates() + 1; }

  int time() const { return batch_first ? 1 : 0; }
};

/// {y, h} or {y, h, c}, of checked inputs: x (T, B, in) or (B, T, in), h and c (B, H).
Tensors recurrent_layer(const RecurrentCall& call, const Tensors& inputs, const Site& site);

}  // namespace cinta::detail
