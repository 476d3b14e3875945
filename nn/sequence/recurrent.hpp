#pragma once
// LSTM, GRU and RNN, whole layers and single steps. What they compute is said in
// ops/nn/sequence/recurrent.hpp; names, layout and initial values of parameters are PyTorch's:
// weight_ih_l0 (gates x hidden, in), weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_hr_l0 where an
// LSTM projects, with _reverse behind for the other direction, all uniform on [-1/sqrt(hidden),
// 1/sqrt(hidden)].

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/sequence/recurrent.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct RecurrentLayerOptions {
  std::int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;  ///< inputs and outputs are (B, T, ...) instead of (T, B, ...)
  double dropout = 0;        ///< of each layer's output but the last one's, in training
  bool bidirectional = false;
  std::int64_t proj_size = 0;  ///< of LSTM: outputs and h have so many elements, if not 0
  Dtype dtype = float32;
};

/// What all kinds have in common.
class RecurrentModule : public Module {
 public:
  std::int64_t input_size() const { return input_size_; }
  std::int64_t hidden_size() const { return hidden_size_; }
  const RecurrentLayerOptions& options() const { return options_; }
  /// Of each layer and direction: layer 0 forward, layer 0 reverse, layer 1 ...
  const std::vector<RecurrentWeights>& weights() const { return weights_; }

 protected:
  RecurrentModule(const char* name, std::int64_t gates, std::int64_t input_size,
                  std::int64_t hidden_size, const RecurrentLayerOptions& options, const Site& site);

  RecurrentOptions call_options(const Tensor& lengths) const;
  const Tensor* first() const { return &weights_[0].ih; }

 private:
  std::int64_t input_size_, hidden_size_;
  RecurrentLayerOptions options_;
  std::vector<RecurrentWeights> weights_;
};

struct LSTMState {
  Tensor h = {}, c = {};  ///< (layers x directions, B, hidden or proj_size); both or none

  operator Tensors() const;  ///< {h, c}
};
struct LSTMOutput {
  Tensor output;  ///< (T, B, directions x hidden or proj_size)
  LSTMState state;

  operator Tensors() const;  ///< {output, h, c}
};

/// auto [output, state] = lstm(x). Throws ValueError on sizes below 1 and unless 0 <= dropout < 1
/// and 0 <= proj_size < hidden_size.
class LSTM : public RecurrentModule {
 public:
  LSTM(std::int64_t input_size, std::int64_t hidden_size, const RecurrentLayerOptions& options = {},
       Site site = {})
      : RecurrentModule("LSTM", 4, input_size, hidden_size, options, site) {}

  /// `lengths` are those of a padded batch, see RecurrentOptions.
  LSTMOutput operator()(const Tensor& x, const LSTMState& state = {}, const Tensor& lengths = {},
                        Site site = {}) const;
};

struct RNNOutput {
  Tensor output, h_n;

  operator Tensors() const;  ///< {output, h_n}
};

/// auto [output, h_n] = gru(x).
class GRU : public RecurrentModule {
 public:
  GRU(std::int64_t input_size, std::int64_t hidden_size, const RecurrentLayerOptions& options = {},
      Site site = {})
      : RecurrentModule("GRU", 3, input_size, hidden_size, options, site) {}

  RNNOutput operator()(const Tensor& x, const Tensor& h0 = {}, const Tensor& lengths = {},
                       Site site = {}) const;
};

enum class Nonlinearity { tanh, relu };

/// auto [output, h_n] = rnn(x).
class RNN : public RecurrentModule {
 public:
  RNN(std::int64_t input_size, std::int64_t hidden_size, const RecurrentLayerOptions& options = {},
      Nonlinearity nonlinearity = Nonlinearity::tanh, Site site = {})
      : RecurrentModule("RNN", 1, input_size, hidden_size, options, site),
        nonlinearity_(nonlinearity) {}

  RNNOutput operator()(const Tensor& x, const Tensor& h0 = {}, const Tensor& lengths = {},
                       Site site = {}) const;

 private:
  Nonlinearity nonlinearity_;
};

// ---- Single steps ----

struct RecurrentCellOptions {
  bool bias = true;
  Dtype dtype = float32;
};

/// What all cells have in common. Parameters are called weight_ih, weight_hh, bias_ih and bias_hh.
class RecurrentCell : public Module {
 public:
  Tensor weight_ih, weight_hh;
  Tensor bias_ih, bias_hh;  ///< undefined without bias

 protected:
  RecurrentCell(const char* name, std::int64_t gates, std::int64_t input_size,
                std::int64_t hidden_size, const RecurrentCellOptions& options, const Site& site);

  RecurrentWeights weights() const { return {weight_ih, weight_hh, bias_ih, bias_hh}; }
};

/// auto [h, c] = cell(x, {h, c}), for x (B, in) or (in,).
class LSTMCell : public RecurrentCell {
 public:
  LSTMCell(std::int64_t input_size, std::int64_t hidden_size,
           const RecurrentCellOptions& options = {}, Site site = {})
      : RecurrentCell("LSTMCell", 4, input_size, hidden_size, options, site) {}

  LSTMState operator()(const Tensor& x, const LSTMState& state = {}, Site site = {}) const;
};

class GRUCell : public RecurrentCell {
 public:
  GRUCell(std::int64_t input_size, std::int64_t hidden_size,
          const RecurrentCellOptions& options = {}, Site site = {})
      : RecurrentCell("GRUCell", 3, input_size, hidden_size, options, site) {}

  Tensor operator()(const Tensor& x, const Tensor& h = {}, Site site = {}) const;
};

class RNNCell : public RecurrentCell {
 public:
  RNNCell(std::int64_t input_size, std::int64_t hidden_size,
          const RecurrentCellOptions& options = {}, Nonlinearity nonlinearity = Nonlinearity::tanh,
          Site site = {})
      : RecurrentCell("RNNCell", 1, input_size, hidden_size, options, site),
        nonlinearity_(nonlinearity) {}

  Tensor operator()(const Tensor& x, const Tensor& h = {}, Site site = {}) const;

 private:
  Nonlinearity nonlinearity_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
