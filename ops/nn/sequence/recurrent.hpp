#pragma once
// Recurrent layers as whole operations: one product for the inputs of all steps, cells in one pass,
// one product for each weight's gradient. Gradients that are to be differentiated are composed of a
// step's operations.

#include <cinta/autograd/tensor.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta {

/// Of one layer in one direction, with G gates (LSTM: i, f, g, o; GRU: r, z, n; else one): ih
/// (G H, in), hh (G H, H), bias_ih and bias_hh (G H,), which may both be undefined; with a
/// projection hr (P, H), of `lstm` alone, hh is (G H, P). PyTorch's layout.
struct RecurrentWeights {
  Tensor ih, hh, bias_ih = {}, bias_hh = {}, hr = {};
};

struct RecurrentOptions {
  bool batch_first = false;    ///< x and the output are (B, T, ...) instead of (T, B, ...)
  bool bidirectional = false;  ///< weights come in pairs: forward, reverse
  double dropout = 0;          ///< of each layer's output but the last one's, if `training`
  bool training = false;
  /// int64 (B,), 0 to T, in any order: how many steps each sequence has. What lies behind is not
  /// read, its outputs are 0 and its gradients 0; the reverse direction starts at a sequence's own
  /// end, and final states are those after its last step.
  Tensor lengths = {};
};

/// LSTM of one or more layers (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al.
/// 2000): c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c), where each gate is
/// W_ih x + b_ih + W_hh h + b_hh.
///
/// x is (T, B, in), (B, T, in) with batch_first, or (T, in) without a batch. `state` is {h_0, c_0},
/// each (layers x directions, B, H), without B for an x without a batch; {} is zeros. Returns
/// {output, h_n, c_n}: output (T, B, directions x H), laid out like x, and the final states, of the
/// first layer forward, the first layer reverse, the second layer ... With projections (Sak et al.
/// 2014) h = W_hr (sigmoid(o) tanh(c)), and outputs and h have P elements in place of H; that runs
/// as a layer with the recurrent weight W_hh W_hr. Throws ShapeError, DtypeError, ValueError for
/// lengths beyond T and unless 0 <= dropout < 1.
Tensors lstm(const Tensor& x, const Tensors& state, const std::vector<RecurrentWeights>& weights,
             const RecurrentOptions& options = {}, Site site = {});

/// GRU (Cho et al. 2014) as PyTorch and cuDNN have it, with the reset gate behind the product:
/// n = tanh(W_in x + b_in + sigmoid(r) (W_hn h + b_hn)), h = (1 - sigmoid(z)) n + sigmoid(z) h.
/// `h0` may be undefined, which is zeros. Returns {output, h_n}.
Tensors gru(const Tensor& x, const Tensor& h0, const std::vector<RecurrentWeights>& weights,
            const RecurrentOptions& options = {}, Site site = {});

/// h = tanh(W_ih x + b_ih + W_hh h + b_hh) (Elman 1990). Returns {output, h_n}.
Tensors rnn_tanh(const Tensor& x, const Tensor& h0, const std::vector<RecurrentWeights>& weights,
                 const RecurrentOptions& options = {}, Site site = {});
/// The same with relu.
Tensors rnn_relu(const Tensor& x, const Tensor& h0, const std::vector<RecurrentWeights>& weights,
                 const RecurrentOptions& options = {}, Site site = {});

/// One step: x (B, in) or (in,), `state` {h, c}, each (B, H) or (H,), or {} for zeros. Returns
/// {h, c}.
Tensors lstm_cell(const Tensor& x, const Tensors& state, const RecurrentWeights& weights,
                  Site site = {});
/// The same of others, which have no c; h may be undefined. They return h.
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights, Site site = {});
Tensor rnn_tanh_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                     Site site = {});
Tensor rnn_relu_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                     Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
